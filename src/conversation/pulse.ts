import type { Bursts, Recording } from './bursts.js';
import type { Delays } from './delays.js';
import { noEvents, regimeOf, withEvent, type Rhythm } from './rhythm.js';

export interface PulseDeps {
  bursts: Bursts;
  delays: Delays;
}

/** How the events of one conversation come that change it; echoes of own writes are nobody's change. All times are the clock's ms. */
export class Pulse {
  rhythm: Rhythm = noEvents;
  readonly #deps: PulseDeps;
  #before: Rhythm = noEvents;
  #own: { version: number; doneAt: number } | undefined;
  #recording: Recording | undefined;

  constructor(deps: PulseDeps) {
    this.#deps = deps;
  }

  /** An event that changed the conversation. */
  event(now: number, version: number | undefined): void {
    if (this.#isEcho(now, version)) return;
    this.#before = this.rhythm;
    this.rhythm = withEvent(this.#before, now);
    this.#record(now, version);
  }

  /** An event that was overtaken by a newer one: it happened all the same. */
  late(now: number, version: number | undefined): void {
    if (this.#isEcho(now, version)) return;
    if (this.#recording !== undefined && version !== undefined)
      this.#recording = this.#deps.bursts.more(this.#recording, { at: now, order: version });
  }

  /** Nothing came for a while and no write is under way: what was before the last event matters no more. */
  settle(): void {
    this.#before = this.rhythm;
  }

  /**
   * An own write made this version, between these times; `seen`: it is the newest that events have told.
   */
  wrote(version: number, { sentAt, answeredAt }: { sentAt: number; answeredAt: number }, seen: boolean): void {
    const doneAt = (sentAt + answeredAt) / 2;
    this.#own = { version, doneAt };
    this.#deps.delays.answered(answeredAt - sentAt);
    // an echo among the others' events would make bursts seem longer by as much as was waited: then ever more is waited
    if (this.#recording !== undefined) this.#recording = this.#deps.bursts.without(this.#recording, version);
    if (!seen) return;
    // its event came before the answer
    this.#deps.delays.echoed(this.rhythm.lastEvent - doneAt);
    this.rhythm = this.#before;
  }

  /** Whether it tells of the last own write; then it is measured: without those that were overtaken, delays would seem short. */
  #isEcho(now: number, version: number | undefined): boolean {
    if (version === undefined || version !== this.#own?.version) return false;
    this.#deps.delays.echoed(now - this.#own.doneAt);
    return true;
  }

  #record(now: number, version: number | undefined): void {
    const { bursts } = this.#deps;
    const event = { at: now, order: version ?? now };
    if (this.#recording !== undefined) this.#recording = bursts.more(this.#recording, event);
    if (this.#recording !== undefined || this.rhythm.inBurst > 1) return;
    const regime = regimeOf(this.rhythm, now);
    if (regime !== 'steady') this.#recording = bursts.start(regime, event);
  }
}
