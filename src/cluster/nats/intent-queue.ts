import { AckPolicy, DeliverPolicy, type Consumer } from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import { deferred } from '../../base/deferred.js';
import type { Deadlines } from '../../base/deadlines.js';
import { Fenced, type IntentMessage, type IntentStream, type Stop } from '../coordinator.js';
import { acknowledged, follow, newestOf } from './follow.js';
import { failure, isConflict, isMissing, token, type NatsLink } from './link.js';
import type { StreamNames } from './streams.js';

/** Carries the fence of the owner who put a record. */
const fenceHeader = 'Attributed-Fence';

/**
 * What was delivered and is not done comes again after so long, in ms: it may have been lost with a connection. Its owner knows it
 * by its id; the next owner has a consumer of its own, and does not wait for this.
 */
const againAfter = 60_000;

/**
 * Accepted intents on a work queue, and records beside it. Each owner of a partition consumes it under a name that its fence is a
 * part of: a work queue takes one consumer a subject, so the next owner deletes that of the one before, whose
 * acknowledgements then go nowhere, and is handed all that is not done at once.
 */
export class IntentQueue implements IntentStream {
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #names: StreamNames;
  /** Subject of a record → the stream's sequence that it was last known to have. */
  readonly #sequences = new Map<string, number>();
  /** Subject of a record → its last put: those of one record go one after the other. */
  readonly #putting = new Map<string, Promise<void>>();

  constructor(link: NatsLink, deadlines: Deadlines, names: StreamNames) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#names = names;
  }

  async add(partition: number, id: string, text: string): Promise<number> {
    try {
      const { seq } = await this.#link.js.publish(`${this.#names.subjects.intents}.${partition}`, text, {
        msgID: id,
        timeout: this.#link.timeout,
      });
      return seq;
    } catch (error) {
      throw failure('the intent could not be kept', error);
    }
  }

  consume(partition: number, fence: number, onMessage: (message: IntentMessage) => void, onPresent: () => void): Promise<Stop> {
    return follow({
      link: this.#link,
      deadlines: this.#deadlines,
      make: () => this.#takeOver(partition, fence),
      onMessage: (message) => {
        onMessage({
          text: message.string(),
          sequence: message.seq,
          done: () => acknowledged(message),
        });
      },
      onPresent,
      yields: true,
    });
  }

  async put(partition: number, id: string, text: string, fence: number): Promise<void> {
    const subject = this.#recordSubject(partition, id);
    const before = this.#putting.get(subject) ?? Promise.resolve();
    const putting = before.catch(() => undefined).then(() => this.#put(subject, id, text, fence));
    this.#putting.set(subject, putting);
    try {
      await putting;
    } finally {
      if (this.#putting.get(subject) === putting) this.#putting.delete(subject);
    }
  }

  async delete(partition: number, id: string): Promise<void> {
    const subject = this.#recordSubject(partition, id);
    this.#sequences.delete(subject);
    try {
      await this.#link.jsm.streams.purge(this.#names.records, { filter: subject });
    } catch (error) {
      throw failure(`the record of intent ${id} could not be deleted`, error);
    }
  }

  async records(partition: number): Promise<string[]> {
    const found: string[] = [];
    const { promise: present, resolve: onPresent } = deferred<undefined>();
    const stop = await follow({
      link: this.#link,
      deadlines: this.#deadlines,
      make: () => newestOf(this.#link, this.#names.records, `${this.#names.subjects.records}.${partition}.*`),
      onMessage: (message) => {
        this.#sequences.set(message.subject, message.seq);
        found.push(message.string());
      },
      onPresent: () => {
        onPresent(undefined);
      },
    });
    await present;
    await stop();
    return found;
  }

  #recordSubject(partition: number, id: string): string {
    return `${this.#names.subjects.records}.${partition}.${token(id)}`;
  }

  async #put(subject: string, id: string, text: string, fence: number): Promise<void> {
    const told = headers();
    told.set(fenceHeader, String(fence));
    for (;;) {
      try {
        const { seq } = await this.#link.js.publish(subject, text, {
          headers: told,
          timeout: this.#link.timeout,
          expect: { lastSubjectSequence: this.#sequences.get(subject) ?? 0 },
        });
        this.#sequences.set(subject, seq);
        return;
      } catch (error) {
        if (!isConflict(error)) throw failure(`the record of intent ${id} could not be kept`, error);
      }
      await this.#catchUp(subject, id, fence);
    }
  }

  /** The record is another one than was known: by a put that had no answer, or by another owner. */
  async #catchUp(subject: string, id: string, fence: number): Promise<void> {
    const last = await this.#link.jsm.streams.getMessage(this.#names.records, { last_by_subj: subject }).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw failure(`the record of intent ${id} could not be read`, error);
    });
    if (Number(last?.header.get(fenceHeader) ?? 0) > fence) throw new Fenced(id);
    this.#sequences.set(subject, last?.seq ?? 0);
  }

  /** A consumer under this fence in place of those of earlier ones, and of its own from before a loss. Rejects with `Fenced`. */
  async #takeOver(partition: number, fence: number): Promise<{ consumer: Consumer; pending: number }> {
    const { jsm, js } = this.#link;
    const stream = this.#names.intents;
    const prefix = `p${partition}-`;
    for (;;) {
      for await (const { name } of jsm.consumers.list(stream)) {
        if (!name.startsWith(prefix)) continue;
        // a woken owner must not take it back
        if (Number(name.slice(prefix.length)) > fence) throw new Fenced(`of partition ${partition}`);
        await jsm.consumers.delete(stream, name).catch(() => undefined);
      }
      try {
        const info = await jsm.consumers.add(stream, {
          durable_name: `${prefix}${fence}`,
          filter_subject: `${this.#names.subjects.intents}.${partition}`,
          deliver_policy: DeliverPolicy.All,
          ack_policy: AckPolicy.Explicit,
          ack_wait: nanos(againAfter),
          max_deliver: -1,
          max_ack_pending: -1,
        });
        return { consumer: await js.consumers.get(stream, info.name), pending: info.num_pending };
      } catch (error) {
        // another one of the same partition is there again: it is looked at once more
        if (!isOverlap(error)) throw error;
      }
    }
  }
}

/** Whether a work queue has a consumer of the same messages. */
function isOverlap(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === notUnique || error.code === multipleConsumers);
}

/** What JetStream says of a second consumer of the same messages of a work queue. */
const notUnique = 10_100;
const multipleConsumers = 10_099;
