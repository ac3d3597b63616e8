import { fullJitter } from '../base/backoff.js';
import type { Conversation, ResourceId } from '../conversation/conversation.js';
import { expectedConflicts } from '../conversation/rhythm.js';
import { isEnding } from '../conversation/snapshot.js';
import { isHopeless, Refused } from '../genesys/errors.js';
import type { Answer } from '../genesys/answer.js';
import { due, type Claim } from '../genesys/scheduler.js';
import { waitingSince, type Wish } from '../intent/intent.js';
import type { Log } from '../observe/log.js';
import { Arrivals } from './arrivals.js';
import { attempt, type AttemptDeps, type Sent } from './attempt.js';
import { afterFailure, backOff, type BackOffDeps } from './back-off.js';
import { Conflicts, mostRefusalsOfOneEtag } from './conflicts.js';
import type { LearntWaits } from './learnt-waits.js';
import { withoutValues } from './mask.js';
import { reasonOf, type Outcomes } from './outcome.js';
import { Pending, type Batch } from './pending.js';
import type { Confirmation } from './confirmation.js';
import type { Precedence } from './precedence.js';
import { Teller, type Sequel } from './teller.js';
import type { Diagnosis } from './targets/diagnosis.js';
import { mayWrite } from './tenure.js';
import { whenToWrite, type Timing } from './when.js';

/** A wait for the budget that is shorter, in ms, is only how promises settle: it would stand in every story. */
const worthTelling = 20;

/** How often it is looked whether a lease that may be about to end was renewed, in ms: a renewal takes one round trip. */
const leaseLook = 20;

/** What an answer told that came less long ago, in ms, is newer than what events tell: they are on their way for 20 ms and more. */
const justNow = 20;

export interface WriteSettings extends Timing {
  /** False: evaluate and tell everything, send nothing. */
  enabled: boolean;
  /** Age of a wish at which it is given up, in ms. */
  giveUpAfter: number;
}

export interface PipelineDeps extends AttemptDeps, BackOffDeps {
  log: Log;
  settings: WriteSettings;
  outcomes: Outcomes;
  precedence: Precedence;
  diagnosis: Diagnosis;
  waits: LearntWaits;
}

/** Where a pipeline is; `since` and `until` are the clock's ms. */
export type PipelineState =
  | { at: 'waiting'; until: number }
  | { at: 'held' }
  | { at: 'queued' | 'reading'; since: number }
  | { at: 'sending'; since: number; etag: string | undefined }
  | { at: 'backing-off'; until: number }
  | { at: 'done' };

/**
 * Brings the wishes for one resource home, one request at a time: merge, wait for calm, send with the newest ETag, and
 * on a conflict send again at once. It ends when nothing is left.
 */
export class Pipeline {
  state: PipelineState = { at: 'waiting', until: 0 };
  readonly #deps: PipelineDeps;
  readonly #conversation: Conversation;
  readonly #resource: ResourceId;
  readonly #confirmation: Confirmation;
  readonly #stop: AbortSignal;
  readonly #onDone: () => void;
  readonly #pending = new Pending();
  readonly #teller: Teller;
  #lastWish = 0;
  #ownBefore = 0;
  /** Why it does not wait for calm: the daemon stops, or a request just failed. */
  #hurry: 'no' | 'draining' | 'again' = 'no';
  /** A merged request was refused as invalid: one wish at a time, so that only the bad one pays. */
  #oneByOne = false;
  #failures = 0;
  #lastFailure: unknown = new Error('it never came to a write');
  readonly #conflicts = new Conflicts();
  #refusedAt = -Infinity;
  readonly #arrivals: Arrivals;
  #abandoned = false;
  #recheck: () => void = () => undefined;

  /** `onDone` is called in the turn in which it ends: it takes no wish after that. */
  constructor(
    deps: PipelineDeps,
    conversation: Conversation,
    resource: ResourceId,
    { confirmation, stop, onDone }: { confirmation: Confirmation; stop: AbortSignal; onDone: () => void },
  ) {
    this.#deps = deps;
    this.#confirmation = confirmation;
    this.#onDone = onDone;
    this.#conversation = conversation;
    this.#teller = new Teller(deps, conversation.id);
    this.#resource = resource;
    this.#arrivals = new Arrivals(deps, { conversation, resource, pending: this.#pending, confirmation });
    this.#stop = stop;
  }

  get conversationId(): string {
    return this.#conversation.id;
  }

  /** Wishes that are not home yet. */
  get size(): number {
    return this.#pending.size;
  }

  /** Takes a wish in. */
  add(wish: Wish, participantId: string): void {
    const now = this.#deps.clock.now();
    if (this.#pending.size === 0) {
      this.#teller.since = now;
      this.#ownBefore = this.#conversation.lastOwn;
    }
    this.#lastWish = now;
    this.#conversation.lastOwn = now;
    this.#deps.outcomes.waiting(wish, participantId);
    this.#confirmation.wished(participantId, wish);
    this.#arrivals.wished(wish, participantId);
    const isLate = (key: string): boolean => this.#deps.precedence.isLate(this.#conversation, participantId, key, wish.sequence);
    const finished = this.#pending.add(wish, participantId, isLate);
    this.#deps.outcomes.finished(finished);
    for (const { wish: ended, state } of finished) if (state === 'applied') this.#confirmation.superseded(ended);
    this.#recheck();
  }

  /** The settings are others now. */
  reconsider(): void {
    if (this.state.at !== 'held' || this.#deps.settings.enabled) this.#recheck();
  }

  /** Its conversation is another instance's now: nothing more is begun, and nothing is told of what is left. */
  abandon(): void {
    this.#abandoned = true;
    this.#recheck();
  }

  /** Waits for calm no more: the daemon stops. */
  drain(): void {
    this.#hurry = 'draining';
    this.#recheck();
  }

  /** Runs until nothing is pending or the daemon stops. Never rejects. */
  async run(): Promise<void> {
    const subscription = this.#conversation.stream.subscribe(() => {
      if (!isEnding(this.#conversation.snapshot)) return;
      if (this.state.at === 'queued') this.#deps.rest.reconsider();
      this.#recheck();
    });
    const release = this.#conversation.hold();
    const onStop = (): void => {
      this.#recheck();
    };
    this.#stop.addEventListener('abort', onStop);
    try {
      while (this.#pending.size > 0 && !this.#over) await this.#turn();
    } catch (error) {
      this.#deps.outcomes.dead(this.#pending.wishes(), { what: `a fault of this program: ${reasonOf(error).what}` });
    } finally {
      release();
      this.#stop.removeEventListener('abort', onStop);
      subscription.unsubscribe();
      this.state = { at: 'done' };
      this.#onDone();
    }
  }

  /** Whether it ends although something is pending. */
  get #over(): boolean {
    return this.#stop.aborted || this.#abandoned;
  }

  async #turn(): Promise<void> {
    await this.#tenured();
    await this.#calm();
    // what stands is home, however old it is
    this.#arrivals.dropSatisfied();
    this.#giveUpOld();
    if (this.#pending.size === 0 || this.#over) return;
    if (!this.#deps.settings.enabled) {
      await this.#hold();
      return;
    }
    const result = await attempt(this.#deps, this.#conversation, this.#resource, {
      batch: () => {
        // the budget may have kept it waiting for long
        this.#giveUpOld();
        return this.#deps.settings.enabled && !this.#over ? this.#batch() : new Map();
      },
      claim: () => this.#claim(),
      doubted: () => this.#arrivals.doubted,
      onRead: (content) => {
        this.#arrivals.read(content);
      },
      onState: (state) => {
        this.#tellQueued();
        this.state = state;
      },
      onSent: (sent) => {
        this.#onSent(sent);
      },
    });
    switch (result.kind) {
      case 'applied':
        this.#applied(result.sent, result.answer, result.version);
        break;
      case 'conflict':
        await this.#conflicted(result.sent, result.answer);
        break;
      case 'failed':
        if (result.unknown && result.sent !== undefined) this.#arrivals.unanswered(result.sent);
        await this.#failed(await this.#deps.diagnosis.explain(result.error, this.#conversation.id), result.sent);
        break;
      case 'nothing':
    }
  }

  /** Resolves when a write may be begun: in a fleet a renewal of the lease may be late. */
  async #tenured(): Promise<void> {
    const { tenure, deadlines } = this.#deps;
    while (!this.#over && !mayWrite(tenure, this.#conversation.id)) await deadlines.pause(leaseLook, this.#stop);
  }

  /** Resolves when it is time to write, however often that time is put off meanwhile. */
  #calm(): Promise<void> {
    const { clock, deadlines, settings, target, rest, waits } = this.#deps;
    return new Promise((resolve) => {
      let told = false;
      const check = (): void => {
        const now = clock.now();
        const { lastEvent, burstStart, inBurst } = this.#conversation.rhythm;
        const learnt = settings.policy === 'adaptive' ? waits.of(this.#conversation.rhythm, now) : undefined;
        const calm = whenToWrite(settings, {
          now,
          firstWish: this.#teller.since,
          lastWish: this.#lastWish,
          ownBefore: this.#ownBefore,
          lastChange: lastEvent,
          burstStart,
          inBurst,
          waits: learnt,
          pace: rest.pace,
          urgent: this.#hurry !== 'no' || this.#over || isEnding(this.#conversation.snapshot),
        });
        const until = Math.max(calm, this.#conversation.lastWritten + target.spacing);
        this.state = { at: 'waiting', until };
        if (until > now && !this.#over) {
          if (!told)
            this.#teller.waiting(this.#batch(), 'calm', until - now, now < burstStart + (learnt?.sinceStart ?? 0) ? learnt : undefined);
          told = true;
          deadline.moveTo(until);
          return;
        }
        deadline.cancel();
        this.#recheck = () => undefined;
        resolve();
      };
      const deadline = deadlines.idle(check);
      this.#recheck = check;
      check();
    });
  }

  /** `write.enabled: false`: tells what would be sent, and waits for something newer or the end. */
  async #hold(): Promise<void> {
    this.state = { at: 'held' };
    this.#teller.held(this.#batch());
    await new Promise<void>((resolve) => {
      this.#recheck = resolve;
    });
  }

  /** What it says for itself while it waits for the budget. */
  #claim(): Claim {
    const { clock } = this.#deps;
    const { rhythm, snapshot } = this.#conversation;
    const now = clock.now();
    const again = now - this.#refusedAt < justNow;
    return {
      rank: isEnding(snapshot) ? 'ending' : 'usual',
      since: this.#teller.since,
      size: this.#pending.worth(clock.wall(), due),
      // one more than was expected says nothing yet: its answer told a newer ETag than any event
      conflicts: Math.max(this.#conflicts.inARow - 1, expectedConflicts(rhythm, now, again ? 'answer' : 'event')),
      again,
    };
  }

  #batch(): Batch {
    return this.#pending.batch(this.#oneByOne ? this.#pending.wishes()[0] : undefined);
  }

  /** Tells how long it was queued for the budget, if it was. */
  #tellQueued(): void {
    const queued = this.state.at === 'queued' ? this.#deps.clock.now() - this.state.since : 0;
    if (queued >= worthTelling) this.#teller.waiting(this.#batch(), 'budget', queued);
  }

  #onSent(sent: Sent): void {
    this.#tellQueued();
    this.state = { at: 'sending', since: sent.at, etag: sent.etag };
    this.#conversation.lastOwn = sent.at;
    this.#confirmation.sent(sent.batch);
    this.#deps.outcomes.sent(sent.wishes);
    this.#teller.sent(sent);
  }

  #applied(sent: Sent, answer: Answer, version: number | undefined): void {
    this.#teller.applied(sent, answer);
    this.#deps.diagnosis.answered();
    this.#confirmation.applied(this.#arrivals.applied(sent), version);
    if (this.#hurry === 'again') this.#hurry = 'no';
    this.#failures = 0;
    this.#conflicts.over();
    // what came during the flight starts a wait of its own
    this.#teller.since = this.#lastWish;
    this.#ownBefore = sent.at;
  }

  async #conflicted(sent: Sent, answer: Answer): Promise<void> {
    this.#teller.conflict(sent, answer);
    this.#deps.outcomes.figures.conflicts += 1;
    this.#refusedAt = this.#deps.clock.now();
    this.#again();
    if (this.#conflicts.met(sent.etag)) {
      await this.#failed(
        new Refused(
          `precondition ${String(sent.etag)} was refused ${mostRefusalsOfOneEtag} times although reads tell it`,
          answer,
          'server',
        ),
        sent,
      );
      return;
    }
    const pause = this.#conflicts.pause(this.#deps.rest.pace, this.#deps.random);
    if (pause === 0) return;
    this.state = { at: 'backing-off', until: this.#deps.clock.now() + pause };
    await this.#deps.deadlines.pause(pause, this.#stop);
  }

  async #failed(failure: unknown, sent: Sent | undefined): Promise<void> {
    // what is left is another instance's to bring home, and its end is that one's to tell
    if (this.#abandoned) return;
    const error = sent === undefined || this.#deps.log.values ? failure : withoutValues(failure, sent.batch);
    const { outcomes, clock } = this.#deps;
    const sequel = this.#sequel(error, sent);
    outcomes.figures.failed += 1;
    this.#teller.failed(error, sent, this.#batch(), sequel);
    if (sequel.kind === 'dead') {
      // of what was sent, a newer wish may have superseded some meanwhile: that is their end, and it is told
      const wishes = this.#pending.wishes().filter(({ id }) => sent === undefined || sent.wishes.some((wish) => wish.id === id));
      outcomes.dead(wishes, reasonOf(error));
      this.#pending.drop(wishes);
      return;
    }
    this.#again();
    this.#lastFailure = error;
    if (sequel.kind === 'apart') {
      this.#oneByOne = true;
      return;
    }
    this.#failures += 1;
    this.state = { at: 'backing-off', until: clock.now() + sequel.inMs };
    if (sequel.inMs > 0) await backOff(this.#deps, sequel.inMs, error, this.#stop);
  }

  /** What is done about a failure. */
  #sequel(error: unknown, sent: Sent | undefined): Sequel {
    if (isHopeless(error)) {
      return { kind: error.verdict === 'invalid' && sent !== undefined && sent.wishes.length > 1 ? 'apart' : 'dead' };
    }
    // a 429 holds the budget, and with it the next attempt
    const throttled = error instanceof Refused && error.verdict === 'throttled';
    return { kind: 'again', inMs: throttled ? 0 : Math.round(fullJitter(afterFailure, this.#failures, this.#deps.random)) };
  }

  /** The next attempt waits for no calm. */
  #again(): void {
    if (this.#hurry === 'no') this.#hurry = 'again';
  }

  #giveUpOld(): void {
    const { clock, settings, outcomes } = this.#deps;
    const old = this.#pending.wishes().filter((wish) => clock.wall() - waitingSince(wish) > settings.giveUpAfter);
    if (old.length === 0) return;
    const reason = reasonOf(this.#lastFailure);
    outcomes.dead(old, { ...reason, what: `given up after write.giveUpAfter: ${reason.what}` });
    this.#pending.drop(old);
  }
}
