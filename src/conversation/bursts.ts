import { Subject, type Observable } from 'rxjs';
import { pause, type Regime } from './rhythm.js';

/** The regimes in which waiting may be worth it. */
export type Unsteady = Exclude<Regime, 'steady'>;

/** Events of one conversation that followed each other, in the order in which they came. */
export interface Burst {
  readonly regime: Unsteady;
  /** When each came (clock's ms), and its place in the order in which they happened: the version, where events tell one. */
  readonly events: readonly BurstEvent[];
}

export interface BurstEvent {
  readonly at: number;
  readonly order: number;
}

/** A recording that goes on; a conversation holds its own. */
export interface Recording {
  readonly regime: Unsteady;
  readonly startedAt: number;
  events: BurstEvent[];
}

/** Recorded at once, of all conversations: a sample is enough to learn from, and it bounds what is kept. */
const mostAtOnce = 32;

/** Events of a recording, and how long it goes on, in ms: twice as long as the longest wait that is considered. */
const most = { events: 200, ms: 2_000 };

/** At least so many ms lie between the starts of two recordings: what is learnt from each costs CPU. */
const apart = 50;

/** Records bursts of events of some conversations, so that it can be learnt from them when to write. */
export class Bursts {
  readonly ended: Observable<Burst>;
  readonly #ended = new Subject<Burst>();
  readonly #open = new Set<Recording>();
  #lastStart = -Infinity;

  constructor() {
    this.ended = this.#ended.asObservable();
  }

  /** The first event of a burst; returns a recording if this burst is to be recorded. */
  start(regime: Unsteady, event: BurstEvent): Recording | undefined {
    for (const recording of this.#open) {
      if (event.at - recording.startedAt < most.ms + pause) break;
      this.#end(recording);
    }
    if (event.at - this.#lastStart < apart || this.#open.size >= mostAtOnce) return undefined;
    this.#lastStart = event.at;
    const recording = { regime, startedAt: event.at, events: [event] };
    this.#open.add(recording);
    return recording;
  }

  /** One more event of the conversation of a recording; returns the recording if it goes on. */
  more(recording: Recording, event: BurstEvent): Recording | undefined {
    if (!this.#open.has(recording)) return undefined;
    const { startedAt, events } = recording;
    const last = events.at(-1)?.at ?? startedAt;
    if (event.at - last <= pause && event.at - startedAt <= most.ms && events.length < most.events) {
      events.push(event);
      return recording;
    }
    this.#end(recording);
    return undefined;
  }

  /** An event of it was no change by others, but the echo of an own write; returns the recording if anything is left of it. */
  without(recording: Recording, order: number): Recording | undefined {
    recording.events = recording.events.filter((event) => event.order !== order);
    if (recording.events.length > 0) return recording;
    this.#open.delete(recording);
    return undefined;
  }

  #end(recording: Recording): void {
    this.#open.delete(recording);
    const { regime, events } = recording;
    recording.events = [];
    this.#ended.next({ regime, events });
  }
}
