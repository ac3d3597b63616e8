import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import type { Answer } from '../genesys/answer.js';
import { lossOf } from '../genesys/errors.js';
import type { HttpRequest } from '../genesys/http.js';

type Exchange = (request: HttpRequest) => Promise<Answer>;

/** Shares of a lease's time to live: a probe takes so long at most, as a write does, and the next one comes so long after it. */
const probeWithin = 1 / 3;
const probeEvery = 1 / 12;

/**
 * So many probes in a row must fail. One fails on a busy machine too, and then on all of its kind at once: they would hand what
 * they own to each other in turn. With the write that failed first this takes as long as a lease lasts, at most.
 */
const convincing = 2;

export interface ReachDeps {
  clock: Clock;
  deadlines: Deadlines;
  /** A lease's time to live, in ms: another instance should have the work within it. */
  ttl: number;
  /** Without a breaker in front of it. */
  exchange: Exchange;
  /** The API host, without a slash at the end. */
  apiUrl: () => string;
  /** It has changed. */
  onChange: () => void;
}

/**
 * Whether this instance reaches the platform. When an exchange has brought no answer, the host is probed by a request without a
 * token, which costs nobody's budget and changes nothing: any answer, be it a refusal, shows that it is there.
 */
export class Reach {
  able = true;
  readonly #deps: ReachDeps;
  readonly #next: Deadline;
  #probing = false;
  #failed = 0;
  readonly #end = new AbortController();

  constructor(deps: ReachDeps) {
    this.#deps = deps;
    this.#next = deps.deadlines.idle(() => void this.#probe());
  }

  /** The same exchange, but what comes of it is seen. */
  watch(exchange: Exchange): Exchange {
    return async (request) => {
      try {
        return await exchange(request);
      } catch (error) {
        const loss = lossOf(error);
        if (loss === 'network-not-sent' || loss === 'network-unknown') void this.#probe();
        throw error;
      }
    };
  }

  stop(): void {
    this.#end.abort();
    this.#next.cancel();
  }

  async #probe(): Promise<void> {
    if (this.#probing || this.#end.signal.aborted) return;
    this.#probing = true;
    const { exchange, apiUrl, ttl, clock } = this.#deps;
    const able = await exchange({ method: 'HEAD', url: `${apiUrl()}/api/v2/conversations`, timeout: Math.ceil(ttl * probeWithin) }).then(
      () => true,
      () => false,
    );
    this.#probing = false;
    if (isOver(this.#end.signal)) return;
    this.#failed = able ? 0 : this.#failed + 1;
    if (!able) this.#next.moveTo(clock.now() + ttl * probeEvery);
    if (able === this.able || (!able && this.#failed < convincing)) return;
    this.able = able;
    this.#deps.onChange();
  }
}

function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}
