/** Measurements that are kept of each kind. */
const kept = 128;

/** So many are needed before they count. */
const enough = 16;

/** Until then, in ms (when-to-write.md): quantiles of an event's delay, lognormal and 20–150 ms, and of one way of a request, 15–60 ms. */
const usualDelays = [20, 24, 28, 32, 36, 40, 44, 48, 53, 58, 64, 71, 80, 92, 110, 143];
const usualWays = [16, 19, 22, 25, 28, 30, 33, 36, 39, 42, 45, 48, 50, 53, 56, 59];

/** How long events and requests are on their way, in ms: what was measured of own writes lately. */
export class Delays {
  readonly #events: number[] = [];
  readonly #ways: number[] = [];
  #echoes = 0;
  #answers = 0;

  /** An own write was answered after so many ms. */
  answered(tookMs: number): void {
    this.#ways[this.#answers % kept] = tookMs / 2;
    this.#answers += 1;
  }

  /** The event of an own write came so many ms after it was done: half way between the request and its answer. */
  echoed(afterMs: number): void {
    this.#events[this.#echoes % kept] = Math.max(0, afterMs);
    this.#echoes += 1;
  }

  /** What an event may have needed, by chance. */
  ofEvent(random: () => number): number {
    return drawn(this.#echoes < enough ? usualDelays : this.#events, random);
  }

  /** What a request may need for one of its two ways, by chance. */
  ofWay(random: () => number): number {
    return drawn(this.#answers < enough ? usualWays : this.#ways, random);
  }
}

function drawn(values: readonly number[], random: () => number): number {
  return values[Math.floor(random() * values.length)] ?? 0;
}
