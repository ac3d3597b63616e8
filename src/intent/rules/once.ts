import { isOver, participantOf } from '../../conversation/snapshot.js';
import { OutboxFull } from '../outbox.js';
import { scopeOf, type Occasion } from './occasion.js';
import type { Rule } from './rule.js';
import type { RuleRunner } from './runner.js';

/** A rule that has its moment behind it, and the participant that the moment was about. */
interface Armed {
  rule: Rule;
  about: string | undefined;
}

/** The name under which a rule fires once for a conversation, or for a participant of it. */
function firingOf(rule: string, conversationId: string, about: string | undefined): string {
  return JSON.stringify([rule, conversationId, ...(about === undefined ? [] : [about])]);
}

/** The participant that a firing is about, if it is about one. */
export function aboutOf(firing: string | undefined): string | undefined {
  return firing === undefined ? undefined : (JSON.parse(firing) as string[])[2];
}

/** The rules of one conversation that fire once: for it, or for each participant that they are about. */
export class OnceRules {
  readonly #runner: RuleRunner;
  /** Those that wait for what they need, a participant, a lookup's key or room in the outbox, by the name of their firing. */
  readonly #armed = new Map<string, Armed>();

  constructor(runner: RuleRunner) {
    this.#runner = runner;
  }

  /** Whether there is nothing to remember. */
  get isEmpty(): boolean {
    return this.#armed.size === 0;
  }

  /** Tries those that wait again. */
  async tryAgain(occasion: (when: string) => Occasion): Promise<void> {
    if (this.#armed.size === 0) return;
    for (const armed of [...this.#armed.values()]) await this.fire(armed, occasion(armed.rule.when));
  }

  /** The rules are others now: those that wait do so as they are now, but for what is gone or has another moment. */
  renew(): void {
    for (const [firing, armed] of this.#armed) this.#arm(firing, armed);
  }

  #arm(firing: string, { rule, about }: Armed): void {
    const now = this.#runner.rule(rule.name);
    if (now?.when === rule.when) this.#armed.set(firing, { rule: now, about });
    else this.#armed.delete(firing);
  }

  /** The rule's moment is there, or was and something new is known. Never rejects. */
  async fire(armed: Armed, occasion: Occasion): Promise<void> {
    const { rule, about } = armed;
    const firing = firingOf(rule.name, occasion.conversation.id, about);
    this.#armed.delete(firing);
    const work = async (): Promise<void> => {
      const complete = await this.#fire(armed, occasion, firing);
      // a call that has ended brings nothing more to wait for
      if (!complete && !isOver(occasion.snapshot)) this.#arm(firing, armed);
    };
    await this.#runner.guarded(rule, occasion, work, (error) => {
      // room may come after the end, too
      if (error instanceof OutboxFull) this.#arm(firing, armed);
    });
  }

  /** Whether all that the rule needs was there. */
  async #fire({ rule, about }: Armed, occasion: Occasion, firing: string): Promise<boolean> {
    const runner = this.#runner;
    const { participants } = occasion.snapshot;
    const written = participantOf(occasion.snapshot, runner.participant);
    if (written === undefined) return false;
    const scope = scopeOf(occasion, about === undefined ? written : participants.find(({ id }) => id === about));
    if (!(await runner.holds(rule, occasion, scope))) return true;
    if (rule.lookup === undefined) {
      const attributes = await runner.attributes(rule, occasion, scope);
      if (Object.keys(attributes).length > 0) await runner.wish(rule, occasion, written, attributes, firing);
      return true;
    }
    const question = await runner.question(rule.lookup, scope);
    if (question === undefined) return false;
    const intent = await runner.accept(rule, occasion, written, undefined, firing);
    if (intent !== undefined) runner.lookUp(rule, question, intent, scope, occasion);
    return true;
  }
}
