import type { Observable } from 'rxjs';
import { AttributedError } from '../base/errors.js';

/**
 * What the instances of a fleet share, on an engine that exists: leases, streams, and questions to one another. Two adapters
 * keep this contract, one in memory and one on NATS JetStream, with one conformance suite (test/cluster/conformance.test.ts).
 * Whatever fails because the engine cannot be reached rejects with `CoordinatorFailed`.
 */
export interface Coordinator {
  readonly leases: LeaseStore;
  readonly events: EventStream;
  readonly intents: IntentStream;
  readonly shares: ShareStore;
  readonly asks: Asks;
  readonly feeds: Feeds;
  /** Whether the engine can be reached; tells the present state first, then each change. */
  readonly reachable: Observable<boolean>;
  /** Ends all that was begun here; what is shared stays. */
  close(): Promise<void>;
}

/** Stops what was begun; resolves when nothing more will be told. */
export type Stop = () => Promise<void>;

/** An entry of the lease store, as it is told. */
export interface LeaseEntry {
  key: string;
  /** Undefined: it was deleted. That it aged out is told to nobody. */
  value: string | undefined;
  /** Grows with each change of the whole store: the revision of a lease is its fencing token. */
  revision: number;
}

/** Small values that age out unless they are updated: compare-and-set by revision. */
export interface LeaseStore {
  /** An entry that was not updated for so long is gone, in ms; counted by the engine, from when it stored it. */
  readonly ttl: number;
  /** Resolves with its revision; rejects with `LeaseTaken` if there is one of this key. */
  create(key: string, value: string): Promise<number>;
  /** Resolves with the new revision; rejects with `LeaseTaken` if the entry is not of this revision any more. */
  update(key: string, value: string, revision: number): Promise<number>;
  /** Rejects with `LeaseTaken` as `update` does. */
  delete(key: string, revision: number): Promise<void>;
  /** Tells all entries, then each change, its own ones too; resolves when all that were there have been told. */
  watch(onEntry: (entry: LeaseEntry) => void): Promise<Stop>;
}

/** A stream of events, of which only the newest of each conversation is kept. */
export interface EventStream {
  /**
   * Resolves when it is kept; one with a fence, which its publisher has handled, may be on its way still.
   * @param event.id two of the same id within the engine's window are one
   * @param event.fence of the lease under which its publisher has handled it already; undefined if it does not own the partition
   */
  publish(event: {
    partition: number;
    conversationId: string;
    text: string;
    id: string | undefined;
    fence: number | undefined;
  }): Promise<void>;
  /**
   * Tells the newest event of each conversation of a partition, then each that comes, in the order in which they were kept.
   * `onPresent` is called once, when all that stood at the start was told. An engine that goes away and comes back is followed
   * from where it was, and events may be missed in between.
   */
  consume(partition: number, onEvent: (text: string, fence: number | undefined) => void, onPresent: () => void): Promise<Stop>;
}

/** An intent on its stream. */
export interface IntentMessage {
  text: string;
  /** Its place in the order of acceptance, over all partitions. */
  sequence: number;
  /**
   * It has come to its end: it is taken from the stream, whoever says so. Its end stands in a record by then. Never rejects.
   */
  done(): Promise<void>;
}

/** Accepted intents that are not finished, in the order of their acceptance, and beside them records of how far each has come. */
export interface IntentStream {
  /**
   * Keeps an intent; resolves with its sequence once it is stored.
   * @param id two of the same id within the engine's window are one: the sequence is then the first one's
   */
  add(partition: number, id: string, text: string): Promise<number>;
  /**
   * Hands over all that is not done of a partition, then each that comes; some may be told again after a loss of the
   * connection. Whoever consumes it is told: an owner stops that when it is none any more. `onPresent` is called once, when all
   * that stood at the start was told; resolves after that.
   */
  consume(partition: number, onMessage: (message: IntentMessage) => void, onPresent: () => void): Promise<Stop>;
  /** Keeps a record in place of the one of its id. Rejects with `Fenced` if an owner with a higher fence has put it meanwhile. */
  put(partition: number, id: string, text: string, fence: number): Promise<void>;
  /** Nothing is kept under the id any more. */
  delete(partition: number, id: string): Promise<void>;
  /** All records of a partition. */
  records(partition: number): Promise<string[]>;
}

/** Texts that stay until they are replaced: which topics each channel shard has. */
export interface ShareStore {
  put(key: string, text: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** Tells all, then each change; `text` is undefined where one was deleted. Resolves when all that were there have been told. */
  watch(onShare: (key: string, text: string | undefined) => void): Promise<Stop>;
}

/** Questions to one instance, and words to all. */
export interface Asks {
  /** Answers what is asked of `name`; a handler that rejects leaves the question unanswered. */
  answer(name: string, handler: (question: string) => Promise<string>): Promise<Stop>;
  /** Rejects with `CoordinatorFailed` if nobody answers to the name, or not within `ms`. */
  ask(name: string, question: string, ms: number): Promise<string>;
  /** Tells all instances that listen, this one too; best effort. */
  tell(text: string): void;
  listen(onText: (text: string) => void): Promise<Stop>;
}

/** Streams of others, from which events come: each message goes to one instance, and again to one if that does not call it done. */
export interface Feeds {
  /**
   * Consumes a subject of a stream together with all instances of the fleet.
   * @param onMessage `done` takes it off; a message that is not done within the engine's time comes again
   */
  consume(feed: { stream: string; subject: string }, onMessage: (text: string, done: () => Promise<void>) => void): Promise<Stop>;
}

/** The engine could not be reached, or refused: what was asked may or may not have happened. */
export class CoordinatorFailed extends AttributedError {
  readonly code = 'cluster.failed';
  readonly retry = 'after';
}

/** Somebody else has the lease, or its revision is another one by now. */
export class LeaseTaken extends AttributedError {
  readonly code = 'cluster.taken';
  readonly retry = 'never';

  constructor(key: string) {
    super(`the lease ${key} is held, or was changed, by another instance`);
  }
}

/** An owner with a higher fence has put the record meanwhile: this one owns it no more. */
export class Fenced extends AttributedError {
  readonly code = 'cluster.fenced';
  readonly retry = 'never';

  constructor(id: string) {
    super(`intent ${id} belongs to another instance by now`);
  }
}
