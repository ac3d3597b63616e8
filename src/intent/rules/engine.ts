import { Subject, type Observable, type Subscription } from 'rxjs';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Conversation } from '../../conversation/conversation.js';
import type { Change } from '../../conversation/registry.js';
import { isOver, participantOf, type Participant, type Snapshot } from '../../conversation/snapshot.js';
import type { Log } from '../../observe/log.js';
import type { Intent, Wish } from '../intent.js';
import type { PatientLookups } from '../lookups/patience.js';
import { OutboxFull, type Outbox } from '../outbox.js';
import { acceptIntent } from '../accept.js';
import type { Scope } from './expression.js';
import { momentsBetween } from './moments.js';
import type { Rule } from './rule.js';

/** A rule that takes longer than this, in ms, is named in a warning (design.md §3). */
const slow = 50;

export interface RuleEngineDeps {
  clock: Clock;
  log: Log;
  outbox: Outbox;
  rules: readonly Rule[];
  lookups: PatientLookups;
  /** Purpose of the participant that rules write to. */
  participant: string;
}

/** What the rules remember of one conversation. */
interface Memory {
  /** Rules that fire once and wait for what they need, a participant or a lookup's key, by the name of their firing. */
  armed: Map<string, Armed>;
  /** What a `conversation.updated` rule wished last. */
  wished: Map<Rule, Readonly<Record<string, string>>>;
  /** `conversation.updated` rules at work, each with the newest snapshot that came meanwhile. */
  busy: Map<Rule, Occasion | undefined>;
  /** Evaluations of one conversation run one after the other, so that wishes are accepted in the order of the events. */
  tail: Promise<void>;
}

/** A rule that has its moment behind it, and the participant that the moment was about. */
interface Armed {
  rule: Rule;
  about: string | undefined;
}

/** One snapshot as rules see it. */
interface Occasion {
  conversation: Conversation;
  snapshot: Snapshot;
  event: Scope['event'];
}

/** Evaluates the rules on each change of a conversation, and emits what they wish. */
export class RuleEngine {
  readonly wishes: Observable<Wish>;
  readonly #deps: RuleEngineDeps;
  readonly #wishes = new Subject<Wish>();
  readonly #memories = new Map<string, Memory>();

  constructor(deps: RuleEngineDeps) {
    this.#deps = deps;
    this.wishes = this.#wishes.asObservable();
  }

  /** Listens to `changes` until unsubscribed. */
  listen(changes: Observable<Change>): Subscription {
    return changes.subscribe((change) => {
      if (this.#deps.rules.length > 0) this.#onChange(change);
    });
  }

  #onChange({ conversation, previous, snapshot, event }: Change): void {
    const memory = this.#memoryOf(conversation);
    const release = conversation.hold();
    const moments = momentsBetween(previous, snapshot);
    const occasion = (when: string): Occasion => ({ conversation, snapshot, event: { type: when, ...event } });
    const work = async (): Promise<void> => {
      for (const armed of [...memory.armed.values()]) await this.#once(armed, occasion(armed.rule.when), memory);
      for (const { when, participant } of moments) {
        for (const rule of this.#deps.rules.filter((each) => each.when === when)) {
          if (when === 'conversation.updated') await this.#updated(rule, occasion(when), memory);
          else await this.#once({ rule, about: participant?.id }, occasion(when), memory);
        }
      }
    };
    memory.tail = memory.tail.then(work).finally(release);
  }

  #memoryOf(conversation: Conversation): Memory {
    const known = this.#memories.get(conversation.id);
    if (known !== undefined) return known;
    const memory: Memory = { armed: new Map(), wished: new Map(), busy: new Map(), tail: Promise.resolve() };
    this.#memories.set(conversation.id, memory);
    conversation.stream.subscribe({ complete: () => this.#memories.delete(conversation.id) });
    return memory;
  }

  /** A rule that fires once: per conversation, or per participant that it is about. */
  async #once(armed: Armed, occasion: Occasion, memory: Memory): Promise<void> {
    const { rule, about } = armed;
    const firing = [rule.name, occasion.conversation.id, about ?? ''].join('/');
    memory.armed.delete(firing);
    const wait = (): void => {
      // a call that has ended brings nothing more to wait for
      if (!isOver(occasion.snapshot)) memory.armed.set(firing, armed);
    };
    const written = participantOf(occasion.snapshot, this.#deps.participant);
    if (written === undefined) {
      wait();
      return;
    }
    const scope = scopeOf(occasion, about === undefined ? written : occasion.snapshot.participants.find(({ id }) => id === about));
    const work = async (): Promise<void> => {
      if (!(await this.#timed(rule, occasion, rule.expressions.holds(scope)))) return;
      if (rule.lookup === undefined) {
        const attributes = await this.#timed(rule, occasion, rule.expressions.attributes(scope));
        if (Object.keys(attributes).length > 0) await this.#wish(rule, occasion, written, attributes, firing);
        return;
      }
      const url = await this.#lookupUrl(rule, scope);
      if (url === undefined) {
        wait();
        return;
      }
      const intent = await this.#accept(rule, occasion, written, undefined, firing);
      if (intent !== undefined) this.#lookUp(rule, url, intent, scope, occasion);
    };
    await this.#guarded(rule, occasion, work, (error) => {
      if (error instanceof OutboxFull) wait();
    });
  }

  /** A rule that is evaluated on every newer snapshot; one evaluation at a time, and of those that wait only the newest. */
  async #updated(rule: Rule, occasion: Occasion, memory: Memory): Promise<void> {
    if (memory.busy.has(rule)) {
      memory.busy.set(rule, occasion);
      return;
    }
    const written = participantOf(occasion.snapshot, this.#deps.participant);
    if (written === undefined) return;
    const scope = scopeOf(occasion, written);
    await this.#guarded(rule, occasion, async () => {
      if (!(await this.#timed(rule, occasion, rule.expressions.holds(scope)))) return;
      const url = await this.#lookupUrl(rule, scope);
      if (rule.lookup === undefined) {
        await this.#wishDifference(rule, await this.#timed(rule, occasion, rule.expressions.attributes(scope)), occasion, written, memory);
      } else if (url !== undefined && rule.lookup.has(url)) {
        const answer = await rule.lookup.ask(url);
        if (answer.found)
          await this.#wishDifference(
            rule,
            await this.#timed(rule, occasion, rule.expressions.attributes({ ...scope, lookup: answer.value })),
            occasion,
            written,
            memory,
          );
      } else if (url !== undefined) {
        await this.#updatedByLookup(rule, url, scope, occasion, written, memory);
      }
    });
  }

  /** An `updated` rule whose lookup must be asked first; what comes meanwhile waits for it. */
  async #updatedByLookup(rule: Rule, url: string, scope: Scope, occasion: Occasion, written: Participant, memory: Memory): Promise<void> {
    const intent = await this.#accept(rule, occasion, written, undefined);
    if (intent === undefined) return;
    memory.busy.set(rule, undefined);
    this.#lookUp(rule, url, intent, scope, occasion, (attributes) => {
      const next = memory.busy.get(rule);
      memory.busy.delete(rule);
      if (next !== undefined) memory.tail = memory.tail.then(() => this.#updated(rule, next, memory));
      if (attributes === undefined) return undefined;
      const difference = differing(attributes, memory.wished.get(rule));
      memory.wished.set(rule, attributes);
      return difference;
    });
  }

  async #wishDifference(
    rule: Rule,
    attributes: Record<string, string>,
    occasion: Occasion,
    written: Participant,
    memory: Memory,
  ): Promise<void> {
    const difference = differing(attributes, memory.wished.get(rule));
    if (Object.keys(difference).length === 0) return;
    await this.#wish(rule, occasion, written, difference);
    memory.wished.set(rule, attributes);
  }

  async #wish(rule: Rule, occasion: Occasion, written: Participant, attributes: Record<string, string>, firing?: string): Promise<void> {
    const intent = await this.#accept(rule, occasion, written, attributes, firing);
    if (intent !== undefined) this.#wishes.next({ ...intent, attributes });
  }

  #accept(
    { name }: Rule,
    { conversation }: Occasion,
    written: Participant,
    attributes: Record<string, string> | undefined,
    firing?: string,
  ): Promise<Intent | undefined> {
    return acceptIntent(this.#deps, { conversationId: conversation.id, participant: { id: written.id }, attributes, rule: name, firing });
  }

  async #lookupUrl({ lookup }: Rule, { participant, conversation, event }: Scope): Promise<string | undefined> {
    return lookup?.url({ ...(participant as object), conversation, event });
  }

  /** Asks the lookup apart from the order of the events: one key's trouble costs that key only. */
  #lookUp(
    rule: Rule,
    url: string,
    intent: Intent,
    scope: Scope,
    occasion: Occasion,
    adjust: (attributes: Record<string, string> | undefined) => Record<string, string> | undefined = (attributes) => attributes,
  ): void {
    const { lookup } = rule;
    if (lookup === undefined) return;
    const release = occasion.conversation.hold();
    const work = async (): Promise<void> => {
      const answer = await this.#deps.lookups.ask(lookup, url, intent, occasion.conversation);
      const attributes =
        answer?.found === true
          ? await this.#timed(rule, occasion, rule.expressions.attributes({ ...scope, lookup: answer.value }))
          : undefined;
      const wished = adjust(attributes);
      if (answer !== undefined) this.#resolve(intent, wished ?? {});
    };
    const failed = (error: unknown): void => {
      adjust(undefined);
      this.#dead(rule, intent, error);
    };
    void this.#guarded(rule, occasion, work, failed).finally(release);
  }

  #dead({ name }: Rule, { id, conversationId }: Intent, error: unknown): void {
    const what = `rule ${name} failed: ${textOf(error)}`;
    this.#deps.outbox.update(id, { state: 'dead', reason: { what } });
    this.#deps.log.error('intent.dead', 'the rule failed', { intentId: id, conversationId, reason: what, attempts: 0 });
  }

  #resolve(intent: Intent, attributes: Readonly<Record<string, string>>): void {
    if (Object.keys(attributes).length === 0) {
      this.#deps.outbox.update(intent.id, { attributes, state: 'satisfied' });
      this.#deps.log.info('intent.satisfied', 'the rule sets nothing', { intentId: intent.id, conversationId: intent.conversationId });
      return;
    }
    this.#deps.outbox.update(intent.id, { attributes });
    this.#wishes.next({ ...intent, attributes });
  }

  /** Runs a rule so that its failure is told and costs nobody else. */
  async #guarded(
    { name }: Rule,
    { conversation }: Occasion,
    work: () => Promise<void>,
    onFailure?: (error: unknown) => void,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#deps.log.warn('rule.failed', 'the rule could not be carried out', {
        rule: name,
        conversationId: conversation.id,
        error: textOf(error),
      });
      onFailure?.(error);
    }
  }

  /** Evaluates one of a rule's expressions, and warns if that was slow. */
  async #timed<T>({ name }: Rule, { conversation }: Occasion, evaluation: Promise<T>): Promise<T> {
    const started = this.#deps.clock.now();
    const result = await evaluation;
    const tookMs = Math.round(this.#deps.clock.now() - started);
    if (tookMs > slow)
      this.#deps.log.warn('rule.slow', 'the rule held the daemon', { rule: name, conversationId: conversation.id, tookMs });
    return result;
  }
}

/** JSONata throws plain objects with a message. */
function textOf(error: unknown): string {
  return (error as { message?: string }).message ?? messageOf(error);
}

function scopeOf({ snapshot, event }: Occasion, participant: Participant | undefined): Scope {
  return { conversation: snapshot, participant, event };
}

function differing(attributes: Record<string, string>, wished: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([key, value]) => wished[key] !== value));
}
