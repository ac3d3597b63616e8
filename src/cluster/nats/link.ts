import { jetstream, jetstreamManager, JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { BehaviorSubject, Subject } from 'rxjs';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { CoordinatorFailed } from '../coordinator.js';

/** What JetStream answers to a write whose precondition on the subject's last sequence does not hold. */
const wrongSequence = 10_071;

/** What JetStream answers where there is no such consumer, and no such stream. */
const noConsumer = 10_014;
const noStream = 10_059;

/** Making a stream or a consumer takes so long at most, in ms: a cluster chooses leaders for each. */
const makeWithin = 5_000;

/** A question about what a stream holds takes so long at most, in ms: one without a leader leaves it unanswered. */
const answeredWithin = 1_000;

/** The share of a lease's time to live that one call may take: two more fit in if it has no answer. */
const callShare = 1 / 3;

export interface LinkOptions {
  clock: Clock;
  /** Milliseconds. */
  leaseTtl: number;
}

/** A connection to NATS, and how its calls fail. */
export class NatsLink {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** For questions that are asked again where there is no answer. */
  readonly quick: JetStreamManager;
  /** For what makes something: it waits longer. */
  readonly patient: JetStreamClient;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly leaseTtl: number;
  /** A call takes so long at most, in ms. */
  readonly timeout: number;
  readonly reachable = new BehaviorSubject(true);
  /** The connection stands again, or another server leads a stream: what was told meanwhile may have been lost. */
  readonly doubted = new Subject<void>();

  private constructor(nc: NatsConnection, { jsm, quick }: Record<'jsm' | 'quick', JetStreamManager>, { clock, leaseTtl }: LinkOptions) {
    const timeout = callWithin(leaseTtl);
    this.nc = nc;
    this.clock = clock;
    this.leaseTtl = leaseTtl;
    this.js = jetstream(nc, { timeout });
    this.patient = jetstream(nc, { timeout: makeWithin });
    this.jsm = jsm;
    this.quick = quick;
    this.timeout = timeout;
    void this.#watch();
  }

  /** Rejects with `CoordinatorFailed` if the server has no JetStream. */
  static async open(nc: NatsConnection, options: LinkOptions): Promise<NatsLink> {
    try {
      const jsm = await jetstreamManager(nc, { timeout: makeWithin });
      const quick = await jetstreamManager(nc, { timeout: Math.min(callWithin(options.leaseTtl), answeredWithin), checkAPI: false });
      return new NatsLink(nc, { jsm, quick }, options);
    } catch (error) {
      throw failure('NATS has no JetStream for this account: start nats-server with -js', error);
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.nc.status()) {
      switch (type) {
        case 'disconnect':
        case 'staleConnection':
          this.#reached(false);
          break;
        case 'reconnect':
          this.doubted.next();
          this.#reached(true);
          break;
        default:
      }
    }
    this.#reached(false);
  }

  #reached(reachable: boolean): void {
    if (reachable !== this.reachable.value) this.reachable.next(reachable);
  }
}

function callWithin(leaseTtl: number): number {
  return Math.round(leaseTtl * callShare);
}

/** An error of the library in the words of the port. */
export function failure(what: string, cause: unknown): CoordinatorFailed {
  return new CoordinatorFailed(`${what} (${messageOf(cause)})`, { cause });
}

/** Whether a write was refused as the entry is of another revision. */
export function isConflict(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === wrongSequence;
}

/** Whether what was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && (error.code === noConsumer || error.code === noStream || error.status === 404);
}

/** A text as one token of a subject or key: letters and digits stay, other signs become `=` and their code. */
export function token(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, (sign) => `=${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
