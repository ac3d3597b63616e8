import { fullJitter } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import type { Conversation, ResourceId } from '../conversation/conversation.js';
import type { Evidence } from '../conversation/evidence.js';
import { isHopeless } from '../genesys/errors.js';
import type { Wish } from '../intent/intent.js';
import { afterFailure } from './back-off.js';
import type { Outcomes } from './outcome.js';
import type { Batch } from './pending.js';
import { readResource, type ReadDeps } from './read.js';
import { valueIn } from './targets/target.js';
import { meaningOf, type Watched } from './watch.js';

/**
 * A doubt is settled by a read so much later, in ms: events take up to some hundred ms (when-to-write.md), and one that
 * is under way may settle it for nothing.
 */
const doubtful = 500;

export interface ConfirmationSettings {
  /** A value that no event has shown by then is read back, in ms. */
  confirmWithin: number;
  /** How often a value that others overwrote is written again. */
  reassert: number;
  /** How long reading back is tried, in ms. */
  giveUpAfter: number;
}

export interface ConfirmationDeps extends ReadDeps {
  clock: Clock;
  deadlines: Deadlines;
  random: () => number;
  outcomes: Outcomes;
  settings: ConfirmationSettings;
  /** Takes what is to be written again. */
  again: (participantId: string, wish: Wish) => void;
}

/**
 * Proves that what was written in one conversation arrived, and sees what others overwrite. It lives from the first write
 * until the conversation ends or is forgotten.
 */
export class Confirmation {
  readonly #deps: ConfirmationDeps;
  readonly #conversation: Conversation;
  /** Participant and key → what was written last. */
  readonly #watched = new Map<string, Watched>();
  /** Intent → key → how often it was written again. */
  readonly #reasserted = new Map<string, Readonly<Record<string, number>>>();
  /** What was last seen of a participant: an own echo may come before the answer. */
  readonly #seen = new Map<string, Evidence>();
  readonly #release: () => void;
  readonly #deadline;
  readonly #stop = new AbortController();
  #holding: (() => void) | undefined;
  #reading = false;
  #failures = 0;

  /** @param onEnd called when nothing is watched any more and nothing will be */
  constructor(deps: ConfirmationDeps, conversation: Conversation, onEnd: () => void) {
    this.#deps = deps;
    this.#conversation = conversation;
    this.#deadline = deps.deadlines.idle(() => void this.#readBack());
    const subscription = conversation.evidence.subscribe({
      next: (evidence) => {
        this.#onEvidence(evidence);
      },
      complete: () => {
        this.stop();
        onEnd();
      },
    });
    this.#release = () => {
      subscription.unsubscribe();
    };
  }

  /** Values that nothing has shown yet. */
  get unproven(): number {
    return [...this.#watched.values()].filter(({ proof }) => proof !== 'shown').length;
  }

  /** A request goes to the wire: what is seen of its participants from now on may be its echo. */
  sent(batch: Batch): void {
    for (const participantId of batch.keys()) this.#seen.delete(participantId);
  }

  /** The platform took these values. */
  applied(batch: Batch, version: number | undefined): void {
    const { clock, settings, target } = this.#deps;
    const now = clock.now();
    const settledAt = now + target.settles;
    // where no event shows it there is nothing to wait for
    const readAt = Math.min(now + settings.confirmWithin, target.holder === 'participant' ? Infinity : settledAt);
    this.#watch(batch, { version, settledAt, readAt, proof: 'none' });
    for (const participantId of batch.keys()) {
      const seen = this.#seen.get(participantId);
      if (seen !== undefined) this.#onEvidence(seen);
    }
  }

  /** These values stand, and an earlier write of ours set them. */
  stands(batch: Batch): void {
    this.#watch(batch, { version: undefined, settledAt: this.#deps.clock.now(), readAt: Infinity, proof: 'shown' });
  }

  /** The last value of an intent that was to be written stands: that may have been the last that was not proven. */
  finished(wish: Wish): void {
    if (this.#of(wish).every(({ proof }) => proof === 'shown')) this.#deps.outcomes.confirmed(wish);
  }

  /** These values stand, and newer wishes wanted the same: what is watched of them is theirs from now on. */
  satisfied(batch: Batch): void {
    for (const [participantId, entries] of batch) {
      for (const [key, { value, wish }] of entries) {
        const before = this.#watched.get(nameOf(participantId, key));
        if (before?.value !== value || before.wish.sequence > wish.sequence) continue;
        this.#watched.set(nameOf(participantId, key), { ...before, wish });
        this.#replaced(before);
      }
    }
  }

  /** These were confirmed in an earlier run: whether they still stand is judged by what is known of the conversation now. */
  resume(batch: Batch): void {
    this.stands(batch);
    for (const { id, attributes } of this.#conversation.snapshot.participants)
      if (attributes !== undefined) this.#onEvidence({ from: 'event', participantId: id, attributes, version: undefined });
  }

  /** A wish: what it replaces, if it is the newer one, is watched no more. */
  wished(participantId: string, { sequence, attributes }: Wish): void {
    for (const [key, value] of Object.entries(attributes)) {
      const watched = this.#watched.get(nameOf(participantId, key));
      if (watched !== undefined && watched.wish.sequence < sequence && watched.value !== value) this.#replace(watched);
    }
    this.#settle();
  }

  /** Watches nothing any more. What is not proven stays open in the outbox. */
  stop(): void {
    this.#stop.abort();
    this.#deadline.cancel();
    this.#release();
    this.#watched.clear();
    this.#holding?.();
  }

  #watch(batch: Batch, how: Pick<Watched, 'version' | 'settledAt' | 'readAt' | 'proof'>): void {
    const { writes } = this.#conversation;
    // an answer that came after the end changes nothing
    if (this.#stop.signal.aborted) return;
    for (const [participantId, entries] of batch) {
      for (const [key, { value, wish }] of entries) {
        // another of its keys was overwritten too often: it is given up as a whole
        if (this.#deps.outcomes.isDead(wish)) continue;
        const before = this.#watched.get(nameOf(participantId, key));
        const since = this.#deps.clock.now();
        this.#watched.set(nameOf(participantId, key), { wish, participantId, key, value, writes, since, ...how });
        if (before !== undefined && before.wish.id !== wish.id) this.#replaced(before);
      }
    }
    this.#settle();
  }

  #replace(watched: Watched): void {
    this.#watched.delete(nameOf(watched.participantId, watched.key));
    this.#replaced(watched);
  }

  #replaced({ wish, proof }: Watched): void {
    if (proof !== 'shown') this.superseded(wish);
  }

  /** A newer wish took a key over: that may have been the last one of its intent that was not proven. */
  superseded(wish: Wish): void {
    const left = this.#of(wish);
    if (left.some((watched) => watched.proof !== 'shown')) return;
    if (left.length === 0) this.#deps.outcomes.replaced(wish);
    else this.#deps.outcomes.confirmed(wish);
  }

  #onEvidence(evidence: Evidence): void {
    this.#seen.set(evidence.participantId, evidence);
    const overwritten: Watched[] = [];
    for (const watched of this.#watched.values()) {
      // the end of the call is the end of the watch
      if (watched.proof === 'shown' && this.#conversation.over) continue;
      switch (meaningOf(watched, evidence)) {
        case 'shows':
          this.#shown(watched);
          break;
        case 'contradicts':
          if (evidence.from !== 'read' || this.#settled(watched)) overwritten.push(watched);
          break;
        case 'doubts':
          this.#doubt(watched);
          break;
        case 'nothing':
      }
    }
    if (overwritten.length > 0) this.#overwritten(overwritten, evidence.attributes);
    this.#settle();
  }

  #shown(watched: Watched): void {
    const before = watched.proof;
    watched.proof = 'shown';
    watched.readAt = Infinity;
    if (before !== 'shown' && this.#of(watched.wish).every(({ proof }) => proof === 'shown')) this.#deps.outcomes.confirmed(watched.wish);
  }

  #doubt(watched: Watched): void {
    const { clock, settings } = this.#deps;
    if (watched.proof === 'doubted') return;
    // what was shown once and then doubted stays confirmed until a read says otherwise
    if (watched.proof === 'shown') watched.since = clock.now();
    watched.proof = 'doubted';
    watched.readAt = Math.min(watched.readAt, Math.max(watched.settledAt, clock.now() + Math.min(doubtful, settings.confirmWithin)));
  }

  #settled({ settledAt }: Watched): boolean {
    return this.#deps.clock.now() >= settledAt;
  }

  /** Values of others stand in place of these: written again, or told. */
  #overwritten(all: readonly Watched[], attributes: Readonly<Record<string, string>> | undefined): void {
    const { clock, outcomes, settings, again } = this.#deps;
    for (const { participantId, key } of all) this.#watched.delete(nameOf(participantId, key));
    for (const id of new Set(all.map(({ wish }) => wish.id))) {
      const lost = all.filter(({ wish }) => wish.id === id);
      const [{ participantId, wish }] = lost as [Watched];
      this.#conversation.overwritten(participantId, Object.fromEntries(lost.map(({ key }) => [key, attributes?.[key]])));
      const before = this.#reasserted.get(id) ?? wish.reasserted ?? {};
      const reasserted = { ...before, ...Object.fromEntries(lost.map(({ key }) => [key, (before[key] ?? 0) + 1])) };
      const keys = lost.map(({ key }) => key);
      if (keys.some((key) => (reasserted[key] ?? 0) > settings.reassert)) {
        for (const watched of this.#of(wish)) this.#watched.delete(nameOf(watched.participantId, watched.key));
        this.#reasserted.delete(id);
        outcomes.overwritten({ ...wish, reasserted: before }, keys);
        continue;
      }
      this.#reasserted.set(id, reasserted);
      outcomes.reasserted(wish, participantId, keys, reasserted);
      again(participantId, {
        ...wish,
        reasserted,
        reopenedAt: clock.wall(),
        attributes: Object.fromEntries(lost.map(({ key, value }) => [key, value])),
      });
    }
  }

  /** Holds the conversation while something is not proven, and sets the time of the next read. */
  #settle(): void {
    const waiting = [...this.#watched.values()].filter(({ proof }) => proof !== 'shown');
    if (waiting.length === 0) {
      this.#holding?.();
      this.#holding = undefined;
      this.#deadline.cancel();
      if (this.#conversation.over || this.#deps.target.holder === 'conversation') this.#watched.clear();
      return;
    }
    this.#holding ??= this.#conversation.hold();
    if (!this.#reading) this.#deadline.moveTo(Math.min(...waiting.map(({ readAt }) => readAt)));
  }

  /** Reads back what nothing has shown in time. Never rejects. */
  async #readBack(): Promise<void> {
    const { clock, target, random } = this.#deps;
    const due = [...this.#watched.values()].filter(({ proof, readAt }) => proof !== 'shown' && readAt <= clock.now());
    this.#reading = true;
    for (const resource of resourcesOf(due.map(({ participantId }) => target.resource(participantId)))) {
      const concerned = due.filter(({ participantId }) => keyOf(target.resource(participantId)) === keyOf(resource));
      try {
        const { content, asked } = await readResource(this.#deps, this.#conversation, resource);
        if (this.#stop.signal.aborted) break;
        this.#failures = 0;
        this.#compare(concerned, (participantId, key) => valueIn(content, participantId, key), asked);
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        const wait = fullJitter(afterFailure, this.#failures, random);
        this.#failures += 1;
        this.#unread(concerned, error, clock.now() + wait);
      }
    }
    this.#reading = false;
    this.#settle();
  }

  #compare(due: readonly Watched[], read: (participantId: string, key: string) => string | undefined, asked: number): void {
    const now = this.#deps.clock.now();
    const overwritten: Watched[] = [];
    for (const watched of due) {
      // an event may have settled it meanwhile, or a newer wish replaced it
      if (this.#watched.get(nameOf(watched.participantId, watched.key)) !== watched || watched.proof === 'shown') continue;
      if (read(watched.participantId, watched.key) === watched.value) this.#shown(watched);
      else if (asked >= watched.writes && this.#settled(watched)) overwritten.push(watched);
      else watched.readAt = Math.max(watched.settledAt, now + doubtful);
    }
    if (overwritten.length > 0) this.#overwritten(overwritten, undefined);
  }

  /** They could not be read back: tried again later, and in the end left as they are. */
  #unread(due: readonly Watched[], error: unknown, at: number): void {
    const { clock, settings, outcomes } = this.#deps;
    const hopeless = isHopeless(error);
    const left = new Map<string, Wish>();
    for (const watched of due) {
      // an event may have settled it meanwhile, or a newer wish replaced it
      if (this.#watched.get(nameOf(watched.participantId, watched.key)) !== watched || watched.proof === 'shown') continue;
      watched.readAt = at;
      if (!hopeless && clock.now() - watched.since <= settings.giveUpAfter) continue;
      this.#watched.delete(nameOf(watched.participantId, watched.key));
      left.set(watched.wish.id, watched.wish);
    }
    for (const wish of left.values()) if (this.#of(wish).every(({ proof }) => proof === 'shown')) outcomes.unconfirmed(wish, error);
  }

  /** What is watched of an intent. */
  #of({ id }: Wish): Watched[] {
    return [...this.#watched.values()].filter(({ wish }) => wish.id === id);
  }
}

function nameOf(participantId: string, key: string): string {
  return `${participantId}/${key}`;
}

function keyOf(resource: ResourceId): string {
  return resource === 'conversation' ? '' : resource.participant;
}

function resourcesOf(all: readonly ResourceId[]): ResourceId[] {
  return [...new Map(all.map((resource) => [keyOf(resource), resource])).values()];
}
