import type { Clock } from '../../base/clock.js';

/** Who writes: two instances of a fleet are told apart by their tokens, also where they are one OAuth client. */
export interface Sender {
  /** Id of the OAuth client. */
  client: string;
  /** Digest of its token. */
  token: string;
}

/** A write while the server has it. Times are the clock's ms. */
export interface Flight extends Sender {
  /** When its request came in. */
  arrivedAt: number;
  /** When its answer had gone out, or it was carried out though its client had gone; undefined: it is still being worked on. */
  answeredAt?: number;
  /** Undefined until it was judged. */
  status?: number;
}

/** Two writes of one resource that the server had at the same time, in the order in which they were judged. */
export interface Overlap {
  resource: string;
  first: Flight;
  second: Flight;
}

/**
 * So many writes of a resource are remembered. One that is judged now came in before one that was answered long ago
 * only if it was that much slower to arrive.
 */
const remembered = 16;

/** Sees writes that meet at the server: of one client that forgets its own, or of two that both take a call for theirs. */
export class Flights {
  /** Every pair that met, oldest first. */
  readonly overlaps: Overlap[] = [];
  readonly #known = new Map<string, Flight[]>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells that a write of these resources is being judged, which came in at `arrivedAt`; end it by `answered`. */
  judged(resources: readonly string[], sender: Sender, arrivedAt: number): Flight {
    const { client, token } = sender;
    const flight: Flight = { client, token, arrivedAt };
    const met = new Set<Flight>();
    for (const resource of resources) {
      const known = this.#known.get(resource) ?? [];
      for (const first of known) {
        // two writes that share several participants are one pair
        if (met.has(first) || (first.answeredAt ?? Infinity) <= arrivedAt) continue;
        met.add(first);
        this.overlaps.push({ resource, first, second: flight });
      }
      this.#known.set(resource, [...known.slice(1 - remembered), flight]);
    }
    return flight;
  }

  /** Its answer has gone out. */
  answered(flight: Flight): void {
    flight.answeredAt ??= this.#clock.now();
  }
}
