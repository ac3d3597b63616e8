import type { Clock } from '../base/clock.js';
import { answerFields, Refused } from '../genesys/errors.js';
import type { Answer } from '../genesys/answer.js';
import type { Log } from '../observe/log.js';
import type { Sent } from './attempt.js';
import { reasonOf } from './outcome.js';
import { attributesOf, wishesOf, type Batch } from './pending.js';
import type { Waits } from './waits.js';

type Fields = Record<string, unknown>;

/** How a failed write goes on. */
export type Sequel = { kind: 'dead' } | { kind: 'apart' } | { kind: 'again'; inMs: number };

/** Tells a pipeline's way in the log, with the fields of design.md §5. */
export class Teller {
  /** Requests since the last one that was applied. */
  attempt = 0;
  /** When the oldest of the waiting wishes was accepted (clock's ms). */
  since = 0;
  readonly #deps: { log: Log; clock: Clock };
  readonly #conversationId: string;

  constructor(deps: { log: Log; clock: Clock }, conversationId: string) {
    this.#deps = deps;
    this.#conversationId = conversationId;
  }

  /**
   * @param forMs how long it will wait for calm, unless put off, or has waited for the budget
   * @param burst why: what was learnt of such bursts of events
   */
  waiting(batch: Batch, reason: 'calm' | 'budget', forMs: number, burst?: Waits): void {
    this.#deps.log.debug('write.waiting', reason === 'calm' ? 'it waits for calm' : 'it has waited for the budget', () => ({
      ...this.#ofBatch(batch),
      reason,
      forMs: Math.round(forMs),
      ...(burst && { sinceStart: burst.sinceStart, sinceLast: burst.sinceLast }),
    }));
  }

  sent(sent: Sent): void {
    this.attempt += 1;
    this.#deps.log.debug('write.sent', 'a write went to the wire', () => this.#ofSent(sent));
  }

  applied(sent: Sent, { headers, status, correlationId }: Answer): void {
    const tookMs = this.#took(sent);
    this.#deps.log.info('write.applied', 'the platform took it', () => ({
      ...this.#ofSent(sent),
      etag: headers['etag'],
      status,
      correlationId,
      tookMs,
    }));
    this.attempt = 0;
  }

  conflict(sent: Sent, { headers, status, code, correlationId }: Answer): void {
    this.#deps.log.info('write.conflict', 'the resource has changed: sent again at once with the newest ETag', () => ({
      ...this.#ofSent(sent),
      currentEtag: headers['etag'],
      status,
      code,
      correlationId,
      tookMs: this.#took(sent),
    }));
  }

  /** @param sent what was refused or not answered; undefined if it did not come to a write */
  failed(error: unknown, sent: Sent | undefined, batch: Batch, sequel: Sequel): void {
    this.#deps.log.warn('write.failed', messageFor(sequel), () => ({
      ...(sent === undefined ? this.#ofBatch(batch) : { ...this.#ofSent(sent), tookMs: this.#took(sent) }),
      ...(error instanceof Refused ? answerFields(error.answer) : {}),
      error: reasonOf(error).what,
      retryInMs: sequel.kind === 'again' ? sequel.inMs : undefined,
    }));
  }

  held(batch: Batch): void {
    this.#deps.log.info('write.held', 'write.enabled is false: this would have been sent', () => this.#ofBatch(batch));
  }

  #ofSent(sent: Sent): Fields {
    const { lease } = sent;
    return {
      ...this.#ofBatch(sent.batch),
      etag: sent.etag,
      waitedMs: Math.round(sent.at - this.since),
      ...(lease === undefined ? {} : { fence: lease.fence, leaseLeftMs: Math.floor(lease.left) }),
    };
  }

  #ofBatch(batch: Batch): Fields {
    const attributes = attributesOf(batch);
    return {
      conversationId: this.#conversationId,
      participantId: [...attributes.keys()].join(',') || undefined,
      intentIds: wishesOf(batch).map(({ id }) => id),
      keys: [...attributes.values()].flatMap((values) => Object.keys(values)),
      ...(this.#deps.log.values ? { attributes: Object.fromEntries(attributes) } : {}),
      attempt: this.attempt,
    };
  }

  #took(sent: Sent): number {
    return Math.round(this.#deps.clock.now() - sent.at);
  }
}

function messageFor({ kind }: Sequel): string {
  switch (kind) {
    case 'dead':
      return 'refused: it is not tried again';
    case 'apart':
      return 'a merged request was refused as invalid: its wishes are tried one by one';
    case 'again':
      return 'no success: it is tried again';
  }
}
