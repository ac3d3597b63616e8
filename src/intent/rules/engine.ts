import { Subject, type Observable, type Subscription } from 'rxjs';
import type { Clock } from '../../base/clock.js';
import type { Conversation } from '../../conversation/conversation.js';
import type { Change } from '../../conversation/registry.js';
import type { Log } from '../../observe/log.js';
import type { Intent, Wish } from '../intent.js';
import type { PatientLookups } from '../lookups/patience.js';
import type { Outbox } from '../outbox.js';
import { momentsBetween } from './moments.js';
import { scopeOf, type Occasion } from './occasion.js';
import { aboutOf, OnceRules } from './once.js';
import { RuleRunner, type RuleSettings } from './runner.js';
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
  enqueue: (work: () => Promise<void>) => void;
}

/** Evaluates the rules on each change of a conversation, and emits what they wish. */
export class RuleEngine {
  readonly wishes: Observable<Wish>;
  readonly #settings: RuleSettings;
  readonly #runner: RuleRunner;
  readonly #memories = new Map<string, Memory>();

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
    const occasion = { conversation, snapshot, event: { type: rule.when } };
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
    const { once, updated, enqueue } = this.#memoryOf(conversation);
    const moments = momentsBetween(previous, snapshot);
    const occasion = (when: string): Occasion => ({ conversation, snapshot, event: { type: when, ...event } });
    enqueue(async () => {
      await once.tryAgain(occasion);
      for (const { when, participant } of moments) {
        for (const rule of this.#settings.rules.filter((each) => each.when === when)) {
          if (when === 'conversation.updated') await updated.evaluate(rule, occasion(when));
          else await once.fire({ rule, about: participant?.id }, occasion(when));
        }
      }
    });
  }

  #memoryOf(conversation: Conversation): Memory {
    const known = this.#memories.get(conversation.id);
    if (known !== undefined) return known;
    const enqueue = queueOf(conversation);
    const once = new OnceRules(this.#runner);
    const memory = { once, updated: new UpdatedRules({ runner: this.#runner, enqueue }), enqueue };
    this.#memories.set(conversation.id, memory);
    conversation.stream.subscribe({ complete: () => this.#memories.delete(conversation.id) });
    return memory;
  }
}

/** Work on a conversation, one after the other; it is kept until all is done. */
function queueOf(conversation: Conversation): Memory['enqueue'] {
  let tail = Promise.resolve();
  return (work) => {
    tail = tail.then(work).finally(conversation.hold());
  };
}
