import type { Answer } from '../../src/genesys/answer.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import type { FakeClock } from '../support/fake-clock.js';
import type { FleetCall, FleetWriter } from '../support/fleet.js';

/** A little more than the platform's, which begins when the first request arrives. */
const windowLength = 60_200;

/** Requests under way at most, as with a pool of sockets. */
const atOnce = 16;

export interface FifoOptions {
  /** One write a conversation with all that waits for it, or one a wish. */
  coalesced: boolean;
  /** Where the ETag comes from: a read before each write, or what events and answers told. */
  etag: 'read' | 'stream';
}

interface Task {
  call: FleetCall;
  wanted: Map<string, string>;
}

/**
 * The peer for scarce calls: first come, first served, and to the end of the queue after a conflict. It knows the
 * platform's window and uses the whole of it.
 */
export class Fifo implements FleetWriter {
  readonly #deps: { exchange: (request: HttpRequest) => Promise<Answer>; clock: FakeClock; perMinute: number };
  readonly #options: FifoOptions;
  readonly #queue: Task[] = [];
  readonly #versions = new Map<FleetCall, number>();
  readonly #flying = new Set<FleetCall>();
  #used = 0;
  #windowEnds = 0;

  constructor(deps: { exchange: (request: HttpRequest) => Promise<Answer>; clock: FakeClock; perMinute: number }, options: FifoOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  wish(call: FleetCall, key: string, value: string): void {
    const waiting = this.#options.coalesced ? this.#queue.find((task) => task.call === call) : undefined;
    if (waiting === undefined) this.#queue.push({ call, wanted: new Map([[key, value]]) });
    else waiting.wanted.set(key, value);
    this.#serve();
  }

  event(call: FleetCall, version: number): void {
    this.#versions.set(call, Math.max(version, this.#versions.get(call) ?? 0));
  }

  #serve(): void {
    const { clock, perMinute } = this.#deps;
    const now = clock.now();
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + windowLength;
      this.#used = 0;
      clock.after(windowLength, () => {
        this.#serve();
      });
    }
    const calls = this.#options.etag === 'read' ? 2 : 1;
    while (this.#used + calls <= perMinute && this.#flying.size < atOnce) {
      const at = this.#queue.findIndex(({ call }) => !this.#flying.has(call));
      const [task] = at < 0 ? [] : this.#queue.splice(at, 1);
      if (task === undefined) return;
      this.#used += calls;
      void this.#write(task);
    }
  }

  async #write({ call, wanted }: Task): Promise<void> {
    this.#flying.add(call);
    const etag = this.#options.etag === 'read' ? (await this.#exchange('GET', call)).headers['etag'] : `"${this.#versions.get(call) ?? 0}"`;
    const body = JSON.stringify({ attributes: Object.fromEntries(wanted) });
    const answer = await this.#exchange('PATCH', call, { headers: { 'if-match': etag ?? '' }, body });
    const version = Number(answer.headers['etag']?.replaceAll('"', ''));
    if (version > 0) this.event(call, version);
    this.#flying.delete(call);
    if (answer.status >= 300) this.#again({ call, wanted });
    this.#serve();
  }

  /** What was wished meanwhile is newer. */
  #again({ call, wanted }: Task): void {
    const waiting = this.#options.coalesced ? this.#queue.find((task) => task.call === call) : undefined;
    if (waiting === undefined) this.#queue.push({ call, wanted });
    else waiting.wanted = new Map([...wanted, ...waiting.wanted]);
  }

  #exchange(method: 'GET' | 'PATCH', { id, participantId }: FleetCall, composed = {}): Promise<Answer> {
    const url = `http://api/api/v2/conversations/voice/${id}/participants/${participantId}`;
    return this.#deps.exchange({ method, url, timeout: 1_000, compose: () => composed });
  }
}
