import { JetStreamApiError } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { Deadline, Deadlines } from '../../base/deadlines.js';
import { CoordinatorFailed, Fenced, type IntentMessage, type IntentStream, type Stop } from '../coordinator.js';
import { failure, isConflict, isMissing, token, type NatsLink } from './link.js';
import { all, followStored, newest, patiently } from './stored.js';
import type { StreamNames } from './streams.js';

/** Carries the fence of the owner who put a record. */
const fenceHeader = 'Attributed-Fence';

/** How often it is looked whether all that stands there was handed over, in ms. */
const auditEvery = 5_000;

/** What JetStream answers where the message that is to be deleted is gone: in the midst of the stream, and before its first one (tried). */
const noSequence = 10_043;
const notDeleted = { code: 10_057, words: 'no message found' };

/** What was handed over of a partition. */
interface Handed {
  /** Sequences of messages that are not done, and of those that are and may stand there still. */
  open: Set<number>;
  done: Set<number>;
  /** Reads all again. */
  again: () => void;
  /** More stood there at the last look. */
  missing: boolean;
}

/**
 * Accepted intents on a work queue, and records beside it. Whoever owns a partition reads what stands there and is told what
 * comes; what is done is deleted. There is no consumer: the next owner is handed all that is not done at once, whatever became
 * of the one before, and of the server that it was told by.
 */
export class IntentQueue implements IntentStream {
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #names: StreamNames;
  /** Subject of a record → the stream's sequence that it was last known to have. */
  readonly #sequences = new Map<string, number>();
  /** Subject of a record → its last put: those of one record go one after the other. */
  readonly #putting = new Map<string, Promise<void>>();
  /** Subject of a partition's intents → what was handed over of it. */
  readonly #handed = new Map<string, Handed>();
  #audit: Deadline | undefined;

  constructor(link: NatsLink, deadlines: Deadlines, names: StreamNames) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#names = names;
  }

  async add(partition: number, id: string, text: string): Promise<number> {
    try {
      const { seq } = await this.#link.js.publish(this.#intentSubject(partition), text, {
        msgID: id,
        timeout: this.#link.timeout,
      });
      return seq;
    } catch (error) {
      throw failure('the intent could not be kept', error);
    }
  }

  async consume(partition: number, onMessage: (message: IntentMessage) => void, onPresent: () => void): Promise<Stop> {
    const { intents: stream, told } = this.#names;
    const [link, deadlines] = [this.#link, this.#deadlines];
    const subjects = this.#intentSubject(partition);
    const handed: Handed = { open: new Set(), done: new Set(), again: () => undefined, missing: false };
    const forget = (): void => {
      if (this.#handed.get(subjects) === handed) this.#handed.delete(subjects);
    };
    this.#handed.set(subjects, handed);
    this.#audit ??= deadlines.after(auditEvery, () => void this.#look());
    try {
      const { stop, again } = await followStored(
        {
          ...{ link, deadlines, stream, told, subjects },
          read: () => all(link, stream, subjects),
          onMessage: ({ text, sequence }) => {
            if (handed.open.has(sequence) || handed.done.has(sequence)) return;
            handed.open.add(sequence);
            onMessage({ text, sequence, done: () => this.#takeOff(handed, sequence) });
          },
        },
        onPresent,
      );
      handed.again = again;
      return async () => {
        forget();
        const records = this.#recordSubject(partition, '');
        for (const subject of this.#sequences.keys()) if (subject.startsWith(records)) this.#sequences.delete(subject);
        await stop();
      };
    } catch (error) {
      forget();
      throw error;
    }
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
    const subjects = `${this.#names.subjects.records}.${partition}.*`;
    const [link, deadlines, stream] = [this.#link, this.#deadlines, this.#names.records];
    const found = await patiently({ link, deadlines, stream, within: link.leaseTtl }, () => newest(link, stream, subjects));
    return found.map(({ subject, sequence, text }) => {
      this.#sequences.set(subject, sequence);
      return text;
    });
  }

  #intentSubject(partition: number): string {
    return `${this.#names.subjects.intents}.${partition}`;
  }

  #recordSubject(partition: number, id: string): string {
    return `${this.#names.subjects.records}.${partition}.${token(id)}`;
  }

  async #put(subject: string, id: string, text: string, fence: number): Promise<void> {
    const told = headers();
    told.set(fenceHeader, String(fence));
    for (;;) {
      const last = this.#sequences.get(subject) ?? 0;
      try {
        const { seq, duplicate } = await this.#link.js.publish(subject, text, {
          headers: told,
          timeout: this.#link.timeout,
          expect: { lastSubjectSequence: last },
          // of two at the same time a cluster takes one by this only (lease-bucket.ts)
          ...(last === 0 ? {} : { msgID: `${subject}.${last}` }),
        });
        if (!duplicate) {
          this.#sequences.set(subject, seq);
          return;
        }
      } catch (error) {
        if (!isConflict(error)) throw failure(`the record of intent ${id} could not be kept`, error);
      }
      await this.#catchUp(subject, id, fence);
      if (this.#sequences.get(subject) === last) throw new CoordinatorFailed(`the record of intent ${id} is being put by somebody else`);
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

  /** Takes a message off that has come to its end. Never rejects: what the stream did not answer is tried again. */
  async #takeOff(handed: Handed, sequence: number): Promise<void> {
    handed.open.delete(sequence);
    handed.done.add(sequence);
    try {
      await this.#link.quick.streams.deleteMessage(this.#names.intents, sequence, false);
    } catch (error) {
      if (!isGone(error)) return;
    }
    handed.done.delete(sequence);
  }

  /**
   * Whether more stands on the stream than was handed over: what is told as it is stored is told once, and a cluster that is torn
   * apart for a moment may lose that. Where that is so twice in a row, what stands is read again.
   */
  async #look(): Promise<void> {
    for (const handed of this.#handed.values()) for (const sequence of handed.done) void this.#takeOff(handed, sequence);
    try {
      const every = `${this.#names.subjects.intents}.*`;
      const { state } = await this.#link.quick.streams.info(this.#names.intents, { subjects_filter: every });
      for (const [subject, handed] of this.#handed) {
        const missing = (state.subjects?.[subject] ?? 0) > handed.open.size + handed.done.size;
        if (missing && handed.missing) handed.again();
        handed.missing = missing;
      }
    } catch {
      // a stream without a leader is looked at later
    }
    const over = this.#handed.size === 0 || this.#link.nc.isClosed();
    this.#audit = over ? undefined : this.#deadlines.after(auditEvery, () => void this.#look());
  }
}

/** Whether there is no such message any more. */
function isGone(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return error.code === noSequence || (error.code === notDeleted.code && error.message === notDeleted.words);
}
