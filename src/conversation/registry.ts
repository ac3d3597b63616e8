import { Subject, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import type { NotificationEvent } from '../genesys/frames.js';
import type { Log } from '../observe/log.js';
import { Bursts } from './bursts.js';
import { Conversation, type ConversationDeps } from './conversation.js';
import { Delays } from './delays.js';
import { EtagConvention } from './etag-convention.js';
import { Forgetting } from './forgetting.js';
import { normaliseEvent } from './normalise.js';
import { isOver, type Snapshot } from './snapshot.js';

/** A newer snapshot of a conversation. `event` is only good while it is handled: nobody keeps a frame. */
export interface Change {
  conversation: Conversation;
  /** Undefined when it is seen for the first time. */
  previous: Snapshot | undefined;
  snapshot: Snapshot;
  /** Undefined for what was read. */
  event: NotificationEvent | undefined;
}

/** What became of the events that came in, for the figures. */
export type EventOutcome = 'newer' | 'duplicate' | 'older' | 'ignored';

export interface RegistrySettings {
  /** Conversations held at most. */
  max: number;
  /** How long after its end one is forgotten, in ms. */
  forgetAfter: number;
}

export interface RegistryDeps extends RegistrySettings {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
}

/** A conversation is kept small after so long without an event, in ms: what happens in a call happens in bursts of seconds. */
const settledAfter = 30_000;

/** Those that are quiet are looked for so often, in ms: for 100,000 it takes a millisecond or two. */
const settleEvery = 10_000;

/** All conversations that are known, each with a stream of its own, in the order in which they were last heard of. */
export class Registry {
  /** Each newer snapshot of any conversation. */
  readonly changes: Observable<Change>;
  readonly outcomes: Record<EventOutcome, number> = { newer: 0, duplicate: 0, older: 0, ignored: 0 };
  readonly #deps: RegistryDeps;
  /** Bursts of events, of some of them, and how long events and requests are on their way: it is learnt from when to write. */
  readonly bursts = new Bursts();
  readonly delays = new Delays();
  readonly #convention: EtagConvention;
  readonly #conversations = new Map<string, Conversation>();
  readonly #changes = new Subject<Change>();
  /** One object for all of them. */
  readonly #ofConversations: ConversationDeps;
  #forgetting: Forgetting;
  readonly #settling: Deadline;
  #settlingLater = false;

  constructor(deps: RegistryDeps) {
    this.#deps = { ...deps };
    this.#convention = new EtagConvention(deps);
    this.changes = this.#changes.asObservable();
    this.#forgetting = this.#newForgetting();
    this.#settling = deps.deadlines.idle(() => {
      this.#settle();
    });
    this.#ofConversations = {
      clock: deps.clock,
      convention: this.#convention,
      bursts: this.bursts,
      delays: this.delays,
      onTold: (told, previous) => {
        if (!isOver(previous) && told.over) this.#ended(told);
        this.#changes.next({ conversation: told, previous, snapshot: told.snapshot, event: undefined });
      },
    };
  }

  /** What is more than `max` goes at once, as far as it may; one that has ended is forgotten by what counted at its end. */
  configure({ max, forgetAfter }: RegistrySettings): void {
    const changed = forgetAfter !== this.#deps.forgetAfter;
    Object.assign(this.#deps, { max, forgetAfter });
    if (changed) this.#forgetting = this.#newForgetting();
    this.#shrinkTo(max);
  }

  get size(): number {
    return this.#conversations.size;
  }

  /** Whether an event's version n stands for ETag `"n"`. */
  get versionsAreEtags(): boolean {
    return this.#convention.versionsAreEtags;
  }

  get(id: string): Conversation | undefined {
    return this.#conversations.get(id);
  }

  all(): IterableIterator<Conversation> {
    return this.#conversations.values();
  }

  /** Takes in a notification event. */
  observe(event: NotificationEvent): EventOutcome {
    const outcome = this.#observe(event);
    this.outcomes[outcome] += 1;
    this.#settleLater();
    return outcome;
  }

  /** Takes in a conversation that was read as a whole. */
  learn(snapshot: Snapshot): Conversation {
    this.#settleLater();
    return this.#known(snapshot, undefined)?.conversation ?? this.#start(snapshot, undefined);
  }

  /** The platform knows it no more: it is forgotten, unless somebody still needs it. */
  vanished(conversation: Conversation): void {
    if (conversation.dirty || this.#conversations.get(conversation.id) !== conversation) return;
    if (!conversation.over)
      this.#deps.log.info('conversation.ended', 'the platform knows it no more', () => ({
        conversationId: conversation.id,
        version: conversation.snapshot.version,
      }));
    this.#forget(conversation);
  }

  /** Events may have been missed: of no conversation, or none of those asked for, is anything known for sure. */
  gap(isConcerned: (conversationId: string) => boolean = () => true): void {
    for (const conversation of this.#conversations.values()) if (isConcerned(conversation.id)) conversation.gap();
  }

  /** Conversations have become another instance's: they are forgotten, also where somebody still has something to write. */
  release(isGone: (conversationId: string) => boolean): void {
    for (const conversation of [...this.#conversations.values()]) if (isGone(conversation.id)) this.#forget(conversation);
  }

  /** Ends all streams. */
  close(): void {
    for (const conversation of this.#conversations.values()) conversation.close();
    this.#conversations.clear();
    this.#settling.cancel();
    this.#changes.complete();
  }

  #observe(event: NotificationEvent): EventOutcome {
    const observation = normaliseEvent(event);
    if (observation === undefined) return 'ignored';
    if (observation.kind === 'snapshot') {
      const known = this.#known(observation.snapshot, event);
      if (known !== undefined) return known.outcome;
      this.#start(observation.snapshot, event);
      return 'newer';
    }
    const conversation = this.#conversations.get(observation.conversationId);
    if (conversation === undefined) return 'ignored';
    const previous = conversation.snapshot;
    conversation.touch(observation);
    const outcome = conversation.snapshot === previous ? 'ignored' : 'newer';
    this.#tellChanged(conversation, observation, outcome, event);
    if (outcome === 'ignored') return outcome;
    this.#changes.next({ conversation, previous, snapshot: conversation.snapshot, event });
    return 'newer';
  }

  #known(snapshot: Snapshot, event: NotificationEvent | undefined): { conversation: Conversation; outcome: EventOutcome } | undefined {
    const conversation = this.#conversations.get(snapshot.id);
    if (conversation === undefined) return undefined;
    const previous = conversation.snapshot;
    const outcome = conversation.observe(snapshot, (seen) => {
      if (event !== undefined) this.#tellChanged(conversation, snapshot, seen, event);
    });
    // last heard of, last in line for eviction
    this.#conversations.delete(snapshot.id);
    this.#conversations.set(snapshot.id, conversation);
    if (outcome === 'newer' || (outcome === 'older' && conversation.snapshot !== previous)) {
      if (!isOver(previous) && isOver(conversation.snapshot)) this.#ended(conversation);
      this.#changes.next({ conversation, previous, snapshot: conversation.snapshot, event });
    }
    return { conversation, outcome };
  }

  #tellChanged(
    { id }: Conversation,
    { version, etag }: { version?: number | undefined; etag?: string | undefined },
    outcome: EventOutcome,
    { topicName }: NotificationEvent,
  ): void {
    this.#deps.log.debug('conversation.changed', 'an event told of it', () => ({
      conversationId: id,
      version,
      etag,
      outcome,
      topic: topicName,
    }));
  }

  #start(snapshot: Snapshot, event: NotificationEvent | undefined): Conversation {
    this.#makeRoom(snapshot.id);
    const conversation = new Conversation(this.#ofConversations, snapshot, event !== undefined);
    this.#conversations.set(snapshot.id, conversation);
    this.#deps.log.info('conversation.started', 'seen for the first time', () => ({
      conversationId: snapshot.id,
      version: snapshot.version,
    }));
    if (conversation.over) this.#ended(conversation);
    this.#changes.next({ conversation, previous: undefined, snapshot: conversation.snapshot, event });
    return conversation;
  }

  #ended(conversation: Conversation): void {
    this.#deps.log.info('conversation.ended', 'no participant is left', () => ({
      conversationId: conversation.id,
      version: conversation.snapshot.version,
    }));
    this.#forgetting.add(conversation);
  }

  #newForgetting(): Forgetting {
    return new Forgetting({
      ...this.#deps,
      isKnown: (conversation) => this.#conversations.get(conversation.id) === conversation,
      forget: (conversation) => {
        this.#forget(conversation);
      },
    });
  }

  /** Those of which nothing was heard for a while are kept small. */
  #settle(): void {
    this.#settlingLater = false;
    const now = this.#deps.clock.now();
    for (const conversation of this.#conversations.values()) {
      if (now - conversation.lastHeard >= settledAfter) conversation.settle();
      else this.#settleLater();
    }
  }

  #settleLater(): void {
    if (this.#settlingLater) return;
    this.#settlingLater = true;
    this.#settling.moveTo(this.#deps.clock.now() + settleEvery);
  }

  #forget(conversation: Conversation): void {
    this.#conversations.delete(conversation.id);
    conversation.close();
  }

  #makeRoom(newcomer: string): void {
    const { max, log } = this.#deps;
    this.#shrinkTo(max - 1);
    if (this.#conversations.size < max) return;
    log.error('conversation.full', 'conversations.max is reached and every one has something to write: one more is held', {
      conversationId: newcomer,
      max,
    });
  }

  /** Forgets the longest idle ones that nobody needs, until no more than `most` are left. */
  #shrinkTo(most: number): void {
    if (this.#conversations.size <= most) return;
    const { log, clock } = this.#deps;
    for (const conversation of this.#conversations.values()) {
      if (this.#conversations.size <= most) return;
      if (conversation.dirty) continue;
      log.warn('conversation.evicted', 'conversations.max is reached: the longest idle one was forgotten', () => ({
        conversationId: conversation.id,
        idleMs: Math.round(clock.now() - conversation.lastHeard),
      }));
      this.#forget(conversation);
    }
  }
}
