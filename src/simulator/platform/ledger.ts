import type { Clock } from '../../base/clock.js';
import { Flights, type Sender } from './flights.js';
import type { Target } from './target.js';

/** One write as the server saw it. */
export interface WriteRecord extends Sender {
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
  readonly flights: Flights;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.flights = new Flights(clock);
  }

  /** How often two writes of a participant (or of another resource) were in flight at a time. */
  get overlaps(): number {
    return this.flights.overlaps.length;
  }

  request(route: string): void {
    this.requests.set(route, (this.requests.get(route) ?? 0) + 1);
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
