import type { Clock } from '../../base/clock.js';
import type { Target } from './target.js';

/** One write as the server saw it. */
export interface WriteRecord {
  at: number;
  target: Target;
  conversationId: string;
  /** None for secure and custom attributes, which are the conversation's. */
  participantIds: readonly string[];
  /** Which record of custom attributes. */
  recordId?: string;
  attributes: Readonly<Record<string, unknown>>;
  ifMatch: string | undefined;
  /** The version that the body of a write of secure or custom attributes named. */
  bodyVersion?: number | undefined;
  /** The version of what is written (conversation, secure attributes, record) when it was judged. */
  version: number;
  status: number;
}

/** What the server counts of its clients, so that tests and the demo need not trust their word. */
export class Ledger {
  readonly writes: WriteRecord[] = [];
  /** Requests by method and route. */
  readonly requests = new Map<string, number>();
  /** Moments at which a participant (or a conversation) had two writes in flight. */
  overlaps = 0;
  readonly #inFlight = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  request(route: string): void {
    this.requests.set(route, (this.requests.get(route) ?? 0) + 1);
  }

  /** Tells that a write of a resource has come in; call the returned function when its answer has gone out. */
  arrived(resource: string): () => void {
    const count = (this.#inFlight.get(resource) ?? 0) + 1;
    this.#inFlight.set(resource, count);
    if (count > 1) this.overlaps += 1;
    let open = true;
    return () => {
      if (open) this.#inFlight.set(resource, (this.#inFlight.get(resource) ?? 1) - 1);
      open = false;
    };
  }

  write(record: Omit<WriteRecord, 'at'>): void {
    this.writes.push({ at: this.#clock.now(), ...record });
  }

  /** When an attribute was written with this value, at `since` (clock's ms) or later; undefined if it never was. */
  appliedAt(conversationId: string, key: string, value: string, since: number): number | undefined {
    return this.writes.find(
      (write) => write.at >= since && write.conversationId === conversationId && write.status < 300 && write.attributes[key] === value,
    )?.at;
  }
}
