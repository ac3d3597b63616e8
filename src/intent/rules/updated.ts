import { participantOf, type Participant } from '../../conversation/snapshot.js';
import { scopeOf, type Occasion } from './occasion.js';
import type { Scope } from './expression.js';
import type { Rule } from './rule.js';
import type { Attributes, Question, RuleRunner } from './runner.js';

interface UpdatedDeps {
  runner: RuleRunner;
  /** Runs work after all that came before it in this conversation. */
  enqueue: (work: () => Promise<void>) => void;
}

/** An evaluation under way: the rule, what it sees, and who is written to. */
interface Evaluation {
  rule: Rule;
  occasion: Occasion;
  scope: Scope;
  written: Participant;
}

/** The rules of one conversation that are evaluated on every newer snapshot, and wish only what differs from last time; known by name. */
export class UpdatedRules {
  readonly #deps: UpdatedDeps;
  /** What each rule wished last, for each participant that was written to. */
  readonly #wished = new Map<string, Map<string, Attributes>>();
  /** Rules whose lookup is under way, each with the newest snapshot that came meanwhile. */
  readonly #busy = new Map<string, Occasion | undefined>();

  constructor(deps: UpdatedDeps) {
    this.#deps = deps;
  }

  /** Whether there is nothing to remember. */
  get isEmpty(): boolean {
    return this.#wished.size === 0 && this.#busy.size === 0;
  }

  /** Whether a rule's lookup is under way. */
  isBusy({ name }: Rule): boolean {
    return this.#busy.has(name);
  }

  /**
   * Whether a rule surely wishes nothing new on an occasion, by the short cut: whatever its condition says, it would set what it
   * wished last.
   */
  isRepeated(rule: Rule, occasion: Omit<Occasion, 'conversation'>): boolean {
    const wished = this.#wished.get(rule.name);
    // what is remembered may be of another moment's rule of this name
    if (wished === undefined || rule.when !== 'conversation.updated' || rule.lookup !== undefined) return false;
    const written = participantOf(occasion.snapshot, this.#deps.runner.participant);
    if (written === undefined) return false;
    const attributes = rule.expressions.surelySets(scopeOf(occasion, written));
    return attributes !== undefined && Object.keys(this.#difference(rule, written, attributes)).length === 0;
  }

  /** The rules are others now: what one wished that is gone is forgotten. */
  renew(): void {
    for (const name of this.#wished.keys()) if (this.#deps.runner.rule(name) === undefined) this.#wished.delete(name);
  }

  /** One evaluation of a rule at a time, and of the snapshots that wait only the newest. Never rejects. */
  async evaluate(rule: Rule, occasion: Occasion): Promise<void> {
    if (this.#busy.has(rule.name)) {
      this.#busy.set(rule.name, occasion);
      return;
    }
    const written = participantOf(occasion.snapshot, this.#deps.runner.participant);
    if (written === undefined) return;
    const evaluation = { rule, occasion, scope: scopeOf(occasion, written), written };
    await this.#deps.runner.guarded(rule, occasion, () => this.#evaluate(evaluation));
  }

  async #evaluate(evaluation: Evaluation): Promise<void> {
    const { rule, occasion, scope } = evaluation;
    const { runner } = this.#deps;
    if (!(await runner.holds(rule, occasion, scope))) return;
    if (rule.lookup === undefined) {
      await this.#wish(evaluation, scope);
      return;
    }
    const question = await runner.question(rule.lookup, scope);
    if (question === undefined) return;
    if (!question.lookup.has(question.url)) {
      await this.#lookUp(evaluation, question);
      return;
    }
    const answer = await question.lookup.ask(question.url);
    if (answer.found) await this.#wish(evaluation, { ...scope, lookup: answer.value });
  }

  async #wish({ rule, occasion, written }: Evaluation, scope: Scope): Promise<void> {
    const { runner } = this.#deps;
    const attributes = await runner.attributes(rule, occasion, scope);
    const difference = this.#difference(rule, written, attributes);
    if (Object.keys(difference).length === 0) return;
    await runner.wish(rule, occasion, written, difference);
    this.#remember(rule, written, attributes);
  }

  /** The lookup must be asked first; what comes meanwhile waits for it. */
  async #lookUp({ rule, occasion, scope, written }: Evaluation, question: Question): Promise<void> {
    const { runner, enqueue } = this.#deps;
    const intent = await runner.accept(rule, occasion, written, undefined);
    if (intent === undefined) return;
    this.#busy.set(rule.name, undefined);
    runner.lookUp(rule, question, intent, scope, occasion, (attributes) => {
      const next = this.#busy.get(rule.name);
      this.#busy.delete(rule.name);
      if (next !== undefined) enqueue(() => this.#evaluateNext(rule, next));
      if (attributes === undefined) return undefined;
      const difference = this.#difference(rule, written, attributes);
      this.#remember(rule, written, attributes);
      return difference;
    });
  }

  /** What waited is evaluated by the rule as it is now. */
  async #evaluateNext({ name, when }: Rule, occasion: Occasion): Promise<void> {
    const rule = this.#deps.runner.rule(name);
    if (rule?.when === when) await this.evaluate(rule, occasion);
  }

  #difference(rule: Rule, { id }: Participant, attributes: Attributes): Attributes {
    const wished = this.#wished.get(rule.name)?.get(id) ?? {};
    return Object.fromEntries(Object.entries(attributes).filter(([key, value]) => wished[key] !== value));
  }

  #remember(rule: Rule, { id }: Participant, attributes: Attributes): void {
    const wished = this.#wished.get(rule.name) ?? new Map<string, Attributes>();
    // what is not set this time was wished all the same, and stands
    this.#wished.set(rule.name, wished.set(id, { ...wished.get(id), ...attributes }));
  }
}
