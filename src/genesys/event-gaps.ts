/** So many events must have come, over so many silence timeouts, before it is known what is usual. */
const evidence = { events: 20, timeouts: 3 };

/** What is left of the longest gap's weight after each event: it is forgotten after some hundred. */
const fading = 0.995;

/** A gap is out of the ordinary if it is so many times as long as the longest lately. */
const outOfOrdinary = 3;

/** How long a channel usually goes without an event: what tells that it is connected but useless. */
export class EventGaps {
  #events = 0;
  #first = Infinity;
  #last: number;
  #longest = 0;
  /** Each look that found nothing wrong makes it twice as patient, until an event comes: nights are quiet. */
  #patience = 1;
  readonly #settings: { silenceTimeout: number };

  /** @param settings no gap that is shorter than its `silenceTimeout` (ms) is out of the ordinary */
  constructor(now: number, settings: { silenceTimeout: number }) {
    this.#last = now;
    this.#settings = settings;
  }

  /** An event came (clock's ms). */
  heard(now: number): void {
    this.#longest = Math.max(now - this.#last, this.#longest * fading);
    this.#last = now;
    this.#events += 1;
    this.#first = Math.min(this.#first, now);
    this.#patience = 1;
  }

  /** Events may have been missed: the time until now is no gap between two of them. */
  skip(now: number): void {
    this.#last = now;
  }

  /** It was looked at, and nothing was found. */
  looked(): void {
    this.#patience *= 2;
  }

  /** The longest gap lately, in ms. */
  get usual(): number {
    return Math.round(this.#longest);
  }

  /** When the gap since the last event is out of the ordinary (clock's ms); Infinity while too little is known. */
  get suspiciousAt(): number {
    const { silenceTimeout } = this.#settings;
    if (this.#events < evidence.events || this.#last - this.#first < evidence.timeouts * silenceTimeout) return Infinity;
    return this.#last + Math.max(silenceTimeout, this.#longest * outOfOrdinary) * this.#patience;
  }
}
