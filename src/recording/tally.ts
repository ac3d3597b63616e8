/** Why a rule that fired set less than it names. */
type Why = 'lookup not asked' | 'lookup knows nothing' | 'lookup failed' | 'nothing to ask' | 'undefined' | 'failed';

/** Something that a rule did not set, and why; `keys` where it is known which. */
export interface NotSet {
  why: Why;
  detail?: string | undefined;
  keys?: readonly string[] | undefined;
}

/** What a rule would have had written. */
export interface ToldWish {
  /** Time of the recording, ISO 8601. */
  at: string;
  participantId: string;
  purpose: string | undefined;
  attributes: Readonly<Record<string, string>>;
}

/** What came of one rule, in all or in one conversation. */
export interface RuleFigures {
  rule: string;
  /** How often its condition was evaluated, and how often it held. */
  evaluated: number;
  held: number;
  wished: number;
  /** By reason, how often it left something. */
  left: Partial<Record<Why, number>>;
}

/** Conversations that are told one by one at most, and wishes of one rule in one conversation; all of them are counted. */
const most = { conversations: 10_000, wishes: 200 };

/** What came of one rule in one conversation. */
export class RuleTally {
  readonly figures: RuleFigures;
  readonly wishes: ToldWish[] = [];
  readonly notSet = new Map<string, NotSet & { times: number }>();
  readonly #totals: RuleFigures;

  constructor(totals: RuleFigures) {
    this.#totals = totals;
    this.figures = figuresOf(totals.rule);
  }

  get quiet(): boolean {
    return this.figures.wished === 0 && this.notSet.size === 0;
  }

  evaluate(): void {
    for (const figures of this.#both) figures.evaluated += 1;
  }

  hold(): void {
    for (const figures of this.#both) figures.held += 1;
  }

  wish(wish: ToldWish): void {
    for (const figures of this.#both) figures.wished += 1;
    if (this.wishes.length < most.wishes) this.wishes.push(wish);
  }

  leave(what: NotSet): void {
    for (const { left } of this.#both) left[what.why] = (left[what.why] ?? 0) + 1;
    const key = JSON.stringify([what.why, what.detail, what.keys]);
    const known = this.notSet.get(key);
    if (known === undefined) this.notSet.set(key, { ...what, times: 1 });
    else known.times += 1;
  }

  get #both(): readonly RuleFigures[] {
    return [this.figures, this.#totals];
  }
}

/** Gathers what the rules come to, in all and conversation by conversation. */
export class Tally {
  /** In all, in the order of the config. */
  readonly totals: readonly RuleFigures[];
  readonly #conversations = new Map<string, Map<string, RuleTally>>();
  /** Conversation → the rule whose condition held last. */
  readonly #holding = new Map<string, RuleTally>();

  constructor(rules: readonly { name: string }[]) {
    this.totals = rules.map(({ name }) => figuresOf(name));
  }

  /** In the order in which rules came to something; those in which none did are left out. */
  get conversations(): { id: string; rules: RuleTally[] }[] {
    return [...this.#conversations]
      .map(([id, rules]) => ({ id, rules: [...rules.values()].filter(({ quiet }) => !quiet) }))
      .filter(({ rules }) => rules.length > 0);
  }

  of(conversationId: string, rule: string): RuleTally {
    const rules = this.#conversations.get(conversationId) ?? new Map<string, RuleTally>();
    const tally = rules.get(rule) ?? new RuleTally(this.totals.find(({ rule: name }) => name === rule) ?? figuresOf(rule));
    rules.set(rule, tally);
    if (this.#conversations.size < most.conversations) this.#conversations.set(conversationId, rules);
    return tally;
  }

  /** The condition of a rule held. */
  hold(conversationId: string, rule: string): void {
    const tally = this.of(conversationId, rule);
    tally.hold();
    this.#holding.set(conversationId, tally);
  }

  /** The rule whose condition held last in a conversation. */
  holding(conversationId: string): RuleTally | undefined {
    return this.#holding.get(conversationId);
  }

  /** The registry has forgotten a conversation. */
  forget(conversationId: string): void {
    this.#holding.delete(conversationId);
    const rules = this.#conversations.get(conversationId);
    if (rules !== undefined && [...rules.values()].every(({ quiet }) => quiet)) this.#conversations.delete(conversationId);
  }
}

function figuresOf(rule: string): RuleFigures {
  return { rule, evaluated: 0, held: 0, wished: 0, left: {} };
}
