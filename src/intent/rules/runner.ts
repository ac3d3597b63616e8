import type { Clock } from '../../base/clock.js';
import type { Conversation } from '../../conversation/conversation.js';
import type { Participant } from '../../conversation/snapshot.js';
import type { Log } from '../../observe/log.js';
import { acceptIntent } from '../accept.js';
import type { Intent, Wish } from '../intent.js';
import type { Lookup, LookupAnswer } from '../lookups/lookup.js';
import type { PatientLookups } from '../lookups/patience.js';
import type { Outbox } from '../outbox.js';
import { faultText, type Scope } from './expression.js';
import type { Occasion } from './occasion.js';
import type { Rule } from './rule.js';

/** A rule that takes longer than this, in ms, is named in a warning (design.md §3). */
const slow = 50;

/** Attribute → value, as a rule sets them. */
export type Attributes = Readonly<Record<string, string>>;

/** A lookup, and the URL at which its answer is. */
export interface Question {
  lookup: Lookup;
  url: string;
}

/** What the rules are, and whom they write to; replaced as a whole, so rules are known by their names. */
export interface RuleSettings {
  rules: readonly Rule[];
  /** Purpose of the participant that is written to. */
  participant: string;
}

export interface RunnerDeps {
  /** As they are at each moment. */
  settings: Readonly<RuleSettings>;
  clock: Clock;
  log: Log;
  outbox: Outbox;
  lookups: PatientLookups;
  /** Takes what the rules wish. */
  wish: (wish: Wish) => void;
}

/** Carries out what a rule says: its expressions, its lookup, the intent that comes of them. */
export class RuleRunner {
  readonly #deps: RunnerDeps;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** The rule of a name as it is now; undefined if there is none any more. */
  rule(name: string | undefined): Rule | undefined {
    return this.#deps.settings.rules.find((rule) => rule.name === name);
  }

  /** Purpose of the participant that is written to. */
  get participant(): string {
    return this.#deps.settings.participant;
  }

  /** Runs a rule so that its failure is told and costs nobody else. */
  async guarded(rule: Rule, occasion: Occasion, work: () => Promise<void>, onFailure?: (error: unknown) => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#deps.log.warn('rule.failed', 'the rule could not be carried out', {
        rule: rule.name,
        conversationId: occasion.conversation.id,
        error: faultText(error),
      });
      onFailure?.(error);
    }
  }

  /** Whether the rule fires. */
  holds(rule: Rule, occasion: Occasion, scope: Scope): boolean | Promise<boolean> {
    return this.#timed(rule, occasion, () => rule.expressions.holds(scope));
  }

  /** What the rule sets. */
  async attributes(rule: Rule, occasion: Occasion, scope: Scope): Promise<Attributes> {
    return await this.#timed(rule, occasion, () => rule.expressions.attributes(scope));
  }

  /** What a lookup is asked; undefined if a part of its URL is undefined. */
  async question(lookup: Lookup, { participant, conversation, event }: Scope): Promise<Question | undefined> {
    const url = await lookup.url({ ...(participant as object), conversation, event });
    return url === undefined ? undefined : { lookup, url };
  }

  /** Accepts an intent; undefined if its firing was accepted before. Throws `OutboxFull`. */
  accept(
    { name }: Rule,
    { conversation }: Occasion,
    written: Participant,
    attributes: Attributes | undefined,
    firing?: string,
  ): Promise<Intent | undefined> {
    return acceptIntent(this.#deps, { conversationId: conversation.id, participant: { id: written.id }, attributes, rule: name, firing });
  }

  /** Accepts an intent whose values are known, and hands it on. Throws `OutboxFull`. */
  async wish(rule: Rule, occasion: Occasion, written: Participant, attributes: Attributes, firing?: string): Promise<void> {
    const intent = await this.accept(rule, occasion, written, attributes, firing);
    if (intent !== undefined) this.#deps.wish({ ...intent, attributes });
  }

  /**
   * Asks the lookup for an accepted intent, apart from the order of the events: one key's trouble costs that key only.
   * The rule may become another one meanwhile: what counts is the one that has its name when the answer comes.
   * @param adjust sees what the rule sets, undefined if nothing is known, and says what is wished; called once
   */
  lookUp(
    rule: Rule,
    question: Question,
    intent: Intent,
    scope: Scope,
    occasion: Occasion,
    adjust: (attributes: Attributes | undefined) => Attributes | undefined = (attributes) => attributes,
  ): void {
    const release = occasion.conversation.hold();
    const work = async (): Promise<void> => {
      const answered = await this.#answered(rule.name, question, intent, scope, occasion.conversation);
      const attributes =
        answered?.answer.found === true
          ? await this.attributes(answered.rule, occasion, { ...scope, lookup: answered.answer.value })
          : undefined;
      const wished = adjust(attributes);
      if (answered !== undefined) this.#resolve(intent, wished ?? {});
    };
    const failed = (error: unknown): void => {
      adjust(undefined);
      this.#dead(intent, `rule ${rule.name} failed: ${faultText(error)}`);
    };
    void this.guarded(rule, occasion, work, failed).finally(release);
  }

  /**
   * What the lookup of the rule of this name says, with the rule as it is by then; undefined if that is not to be had: then
   * the intent is dead, or the daemon stops. A request that is under way is not taken back: its answer counts unless the rule
   * names another lookup by then. The next try is of the lookup as it is then.
   */
  async #answered(
    name: string,
    question: Question,
    intent: Intent,
    scope: Scope,
    conversation: Conversation,
  ): Promise<{ rule: Rule; answer: LookupAnswer } | undefined> {
    for (let asked: Question | undefined = question; asked !== undefined; asked = await this.questionFor(intent, scope)) {
      const { lookup, url } = asked;
      const answer = await this.#deps.lookups.ask(lookup, url, intent, conversation, () => this.rule(name)?.lookup === lookup);
      if (answer === undefined) return undefined;
      const rule = this.rule(name);
      if (answer !== 'outdated' && rule?.lookup?.name === lookup.name) return { rule, answer };
    }
    return undefined;
  }

  /** What is to be asked for an intent that its rule wished; undefined if nothing is: then the intent is dead. Throws what JSONata throws. */
  async questionFor(intent: Intent, scope: Scope): Promise<Question | undefined> {
    const lookup = this.rule(intent.rule)?.lookup;
    if (lookup === undefined) {
      this.gone(intent);
      return undefined;
    }
    const question = await this.question(lookup, scope);
    if (question === undefined) this.#dead(intent, `what lookup ${lookup.name} is asked by is no longer known`);
    return question;
  }

  #resolve(intent: Intent, attributes: Attributes): void {
    if (Object.keys(attributes).length === 0) {
      this.#deps.outbox.update(intent.id, { attributes, state: 'satisfied' });
      this.#deps.log.info('intent.satisfied', 'the rule sets nothing', { intentId: intent.id, conversationId: intent.conversationId });
      return;
    }
    this.#deps.outbox.update(intent.id, { attributes });
    this.#deps.wish({ ...intent, attributes });
  }

  /** Gives an intent up whose rule, or the lookup of it, is no more. */
  gone(intent: Intent): void {
    this.#dead(intent, `rule ${String(intent.rule)} with its lookup is no longer in the config`);
  }

  /** Gives an intent up whose values will not be known. */
  #dead({ id, conversationId }: Intent, what: string): void {
    // what is not kept here any more is another instance's
    if (this.#deps.outbox.get(id) === undefined) return;
    this.#deps.outbox.update(id, { state: 'dead', reason: { what } });
    this.#deps.log.error('intent.dead', 'given up before its values were known', {
      intentId: id,
      conversationId,
      reason: what,
      attempts: 0,
    });
  }

  /** Evaluates one of a rule's expressions, and warns if that was slow. */
  #timed<T>(rule: Rule, occasion: Occasion, evaluate: () => T | Promise<T>): T | Promise<T> {
    const started = this.#deps.clock.now();
    const result = evaluate();
    // what is known at once was quick
    return result instanceof Promise ? this.#awaited(rule, occasion, started, result) : result;
  }

  async #awaited<T>({ name }: Rule, { conversation }: Occasion, started: number, evaluation: Promise<T>): Promise<T> {
    const result = await evaluation;
    const tookMs = Math.round(this.#deps.clock.now() - started);
    if (tookMs > slow)
      this.#deps.log.warn('rule.slow', 'the rule held the daemon', { rule: name, conversationId: conversation.id, tookMs });
    return result;
  }
}
