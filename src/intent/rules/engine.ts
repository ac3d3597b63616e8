import { Subject, type Observable, type Subscription } from 'rxjs';
import type { Clock } from '../../base/clock.js';
import type { Conversation } from '../../conversation/conversation.js';
import type { Change } from '../../conversation/registry.js';
import type { Log } from '../../observe/log.js';
import type { Intent, Wish } from '../intent.js';
import type { PatientLookups } from '../lookups/patience.js';
import type { Outbox } from '../outbox.js';
import { isIdle } from './idle.js';
import { momentsBetween } from './moments.js';
import { eventAt, GlimpsedEvent, scopeOf, type Occasion } from './occasion.js';
import { aboutOf, OnceRules } from './once.js';
import type { Rule } from './rule.js';
import { RuleRunner, type RuleSettings } from './runner.js';
import { Turns } from './turns.js';
import { UpdatedRules } from './updated.js';

export interface RuleEngineDeps extends RuleSettings {
  clock: Clock;
  log: Log;
  outbox: Outbox;
  lookups: PatientLookups;
}

/** What the rules remember of one conversation. */
interface Memory {
  once: OnceRules;
  updated: UpdatedRules;
  /** Evaluations of one conversation run one after the other, so that wishes are accepted in the order of the events. */
  turns: Turns;
  /** Ends with the conversation; undefined while nothing is remembered beyond a turn. */
  end: Subscription | undefined;
}

/** A rule whose moment is there, and the participant that the moment is about. */
interface Due {
  rule: Rule;
  about: string | undefined;
}

/** Evaluates the rules on each change of a conversation, and emits what they wish. */
export class RuleEngine {
  readonly wishes: Observable<Wish>;
  readonly #settings: RuleSettings;
  readonly #runner: RuleRunner;
  /** Only of those of which there is something to remember, or whose turn it is. */
  readonly #memories = new Map<Conversation, Memory>();

  constructor(deps: RuleEngineDeps) {
    const wishes = new Subject<Wish>();
    const { rules, participant } = deps;
    this.#settings = { rules, participant };
    this.wishes = wishes.asObservable();
    this.#runner = new RuleRunner({
      ...deps,
      settings: this.#settings,
      wish: (wish) => {
        wishes.next(wish);
      },
    });
  }

  /**
   * Counts from the next change on. Rules are known by name: what was remembered of one that is still there stands, also if it
   * is changed; a new one fires at moments that come from now on. An evaluation under way ends as it began, see `RuleRunner.lookUp`.
   */
  configure({ rules, participant }: RuleSettings): void {
    Object.assign(this.#settings, { rules, participant });
    for (const { once, updated } of this.#memories.values()) {
      once.renew();
      updated.renew();
    }
  }

  /** Listens to `changes` until unsubscribed. */
  listen(changes: Observable<Change>): Subscription {
    return changes.subscribe((change) => {
      if (this.#settings.rules.length > 0) this.#onChange(change);
    });
  }

  /**
   * Takes up an intent of an earlier run whose lookup had not answered: it is asked for the conversation as it is now.
   * Never rejects.
   */
  async resume(intent: Intent, conversation: Conversation): Promise<void> {
    const rule = this.#runner.rule(intent.rule);
    if (rule?.lookup === undefined) {
      this.#runner.gone(intent);
      return;
    }
    const { snapshot } = conversation;
    const occasion = { conversation, snapshot, event: eventAt(rule.when, undefined) };
    const written = 'id' in intent.participant ? intent.participant.id : undefined;
    const about = aboutOf(intent.firing) ?? written;
    const scope = scopeOf(
      occasion,
      snapshot.participants.find(({ id }) => id === about),
    );
    await this.#runner.guarded(rule, occasion, async () => {
      const question = await this.#runner.questionFor(intent, scope);
      if (question !== undefined) this.#runner.lookUp(rule, question, intent, scope, occasion);
    });
  }

  #onChange({ conversation, previous, snapshot, event }: Change): void {
    const due: Due[] = [];
    for (const { when, participant } of momentsBetween(previous, snapshot))
      for (const rule of this.#settings.rules) if (rule.when === when) due.push({ rule, about: participant?.id });
    const known = this.#memories.get(conversation);
    const occasion = (when: string): Occasion => ({ conversation, snapshot, event: eventAt(when, event) });
    if (this.#areIdle(due, known, { snapshot, event })) {
      if (known !== undefined) this.#settle(conversation, known);
      return;
    }
    const { once, updated, turns } = known ?? this.#newMemory(conversation);
    turns.add(async () => {
      await once.tryAgain(occasion);
      for (const { rule, about } of due) {
        if (rule.when === 'conversation.updated') await updated.evaluate(rule, occasion(rule.when));
        else await once.fire({ rule, about }, occasion(rule.when));
      }
    });
  }

  /**
   * Whether what is due surely does nothing. While a turn, a lookup or a rule waits, even a change that does nothing must queue: it
   * may take the place of the snapshot that waits.
   */
  #areIdle(due: readonly Due[], memory: Memory | undefined, { snapshot, event }: Pick<Change, 'snapshot' | 'event'>): boolean {
    if (memory !== undefined && !(memory.turns.idle && memory.once.isEmpty)) return false;
    return due.every(({ rule, about }) => {
      const occasion = { snapshot, event: new GlimpsedEvent(rule.when, event) };
      if (memory?.updated.isBusy(rule) === true) return false;
      return isIdle(rule, about, occasion, this.#settings.participant) || memory?.updated.isRepeated(rule, occasion) === true;
    });
  }

  #newMemory(conversation: Conversation): Memory {
    const onIdle = (): void => {
      this.#settle(conversation, memory);
    };
    const turns = new Turns(conversation, onIdle);
    const enqueue = (work: () => Promise<void>): void => {
      turns.add(work);
    };
    const updated = new UpdatedRules({ runner: this.#runner, enqueue });
    const memory: Memory = { once: new OnceRules(this.#runner), updated, turns, end: undefined };
    this.#memories.set(conversation, memory);
    return memory;
  }

  /** Its turns are over: what is empty is dropped, so that a conversation about which rules remember nothing costs nothing here. */
  #settle(conversation: Conversation, memory: Memory): void {
    const forget = (): void => void this.#memories.delete(conversation);
    if (memory.once.isEmpty && memory.updated.isEmpty) {
      memory.end?.unsubscribe();
      forget();
    } else memory.end ??= conversation.stream.subscribe({ complete: forget });
  }
}
