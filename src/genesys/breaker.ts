import { Subject, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import type { Answer } from './answer.js';
import { lossOf, NoAnswer } from './errors.js';
import { pathOf, type HttpRequest } from './http.js';

type Exchange = (request: HttpRequest) => Promise<Answer>;

/** Failures in a row that make an outage: one refused connection may be a gateway that restarts, or a name server's hiccup. */
const mostFailures = 5;

/**
 * How long it stays open, in ms, doubling from the first to the last. Two seconds outlast a hiccup; with ten, whoever
 * tries after an outage is let through within ten seconds of its end. No jitter: one probe is no herd, and callers
 * back off with full jitter up to 30 s anyway.
 */
const pauses = { first: 2_000, longest: 10_000 };

/** From the failure that opened it to the success that closes it. */
interface Outage {
  /** Clock's ms. */
  since: number;
  /** Probes that failed. */
  probes: number;
}

/** A call that was let through. */
interface Call {
  began: number;
  /** Its request was about to be written: the host was connected. */
  connected: boolean;
}

/** Times are the clock's ms. */
type State =
  | { at: 'closed'; failures: number; lastSuccess: number }
  | { at: 'open'; until: number; outage: Outage }
  | { at: 'half-open'; probe: Call; outage: Outage };

/**
 * Keeps calls from hosts that cannot be reached: each would wait for its connection in vain. Only what was not sent
 * counts as a failure (refused, no name, TLS, CONNECT, connecting takes too long); a host that answers is there,
 * whatever it answers. State of its own for each host. No timer: the first call after a pause is the probe.
 */
export class Breaker {
  /** Emits when a host is there again. */
  readonly recovered: Observable<void>;
  readonly #recovered = new Subject<void>();
  readonly #deps: { clock: Clock; log: Log };
  readonly #hosts = new Map<string, State>();

  constructor(deps: { clock: Clock; log: Log }) {
    this.#deps = deps;
    this.recovered = this.#recovered.asObservable();
  }

  /** Whether any host counts as not there. */
  get open(): boolean {
    return [...this.#hosts.values()].some(({ at }) => at !== 'closed');
  }

  /** The same exchange, but it fails at once with `NoAnswer` (not sent) while the host of its URL counts as not there. */
  guard(exchange: Exchange): Exchange {
    return async (request) => {
      const { host } = new URL(request.url);
      const call = this.#enter(host, request);
      let answer: Answer;
      try {
        answer = await exchange(watched(request, call));
      } catch (error) {
        this.#judge(host, call, error);
        throw error;
      }
      this.#succeeded(host);
      return answer;
    };
  }

  #stateOf(host: string): State {
    return this.#hosts.get(host) ?? { at: 'closed', failures: 0, lastSuccess: -Infinity };
  }

  /** Lets a call through, or throws. */
  #enter(host: string, { method, url }: HttpRequest): Call {
    const state = this.#stateOf(host);
    const now = this.#deps.clock.now();
    const call = { began: now, connected: false };
    if (state.at === 'closed') return call;
    const left = state.at === 'open' ? Math.ceil(state.until - now) : undefined;
    if (left === undefined || left > 0) {
      const howLong = left === undefined ? 'until a probe that is under way succeeds' : `for ${left} ms more`;
      throw new NoAnswer(`${method} ${pathOf(url)}`, `${host} could not be reached, the breaker is open ${howLong}`, false);
    }
    this.#hosts.set(host, { at: 'half-open', probe: call, outage: state.outage });
    return call;
  }

  #judge(host: string, call: Call, error: unknown): void {
    const loss = lossOf(error);
    const state = this.#stateOf(host);
    const isProbe = state.at === 'half-open' && state.probe === call;
    if (loss === 'network-not-sent' && !call.connected) this.#failed(host, call, error);
    // while it is open, an older call that ends without its answer tells nothing new
    else if (loss === 'network-unknown' && (isProbe || state.at === 'closed')) this.#succeeded(host);
    // taken back, or a fault of ours: it tells nothing of the host, and the next call is the probe
    else if (isProbe) this.#hosts.set(host, { at: 'open', until: this.#deps.clock.now(), outage: state.outage });
  }

  #failed(host: string, call: Call, error: unknown): void {
    const state = this.#stateOf(host);
    const now = this.#deps.clock.now();
    if (state.at === 'closed') {
      // connections that hung since before the last success would else open it again when they time out
      if (call.began < state.lastSuccess) return;
      const failures = state.failures + 1;
      if (failures < mostFailures) this.#hosts.set(host, { ...state, failures });
      else {
        this.#open(host, { since: now, probes: 0 });
        this.#deps.log.warn('breaker.opened', 'the host cannot be reached: calls fail at once, but for a probe now and then', {
          host,
          failures,
          forMs: pauses.first,
          error: messageOf(error),
        });
      }
    } else if (state.at === 'half-open' && state.probe === call) {
      this.#open(host, { ...state.outage, probes: state.outage.probes + 1 });
    }
  }

  #open(host: string, outage: Outage): void {
    const pause = Math.min(pauses.longest, pauses.first * 2 ** outage.probes);
    this.#hosts.set(host, { at: 'open', until: this.#deps.clock.now() + pause, outage });
  }

  #succeeded(host: string): void {
    const state = this.#stateOf(host);
    const now = this.#deps.clock.now();
    this.#hosts.set(host, { at: 'closed', failures: 0, lastSuccess: now });
    if (state.at === 'closed') return;
    this.#deps.log.info('breaker.closed', 'the host is there again', { host, openMs: Math.round(now - state.outage.since) });
    this.#recovered.next();
  }
}

/** The request, telling the call when its socket is connected: what fails after that without being sent is no fault of the host. */
function watched(request: HttpRequest, call: Call): HttpRequest {
  const { compose } = request;
  if (compose === undefined) return request;
  return {
    ...request,
    compose: () => {
      call.connected = true;
      return compose();
    },
  };
}
