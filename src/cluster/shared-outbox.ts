import { z } from 'zod';
import { messageOf } from '../base/errors.js';
import { isFinished, type Intent } from '../intent/intent.js';
import { StoreFailed, type IntentStore } from '../intent/store/store.js';
import type { IntentMessage, IntentStream, Stop } from './coordinator.js';

export interface SharedOutboxDeps {
  stream: IntentStream;
  /** The partition of a conversation. */
  partitionOf: (conversationId: string) => number;
  /** The fence of a partition; undefined: it is not this instance's. */
  fence: (partition: number) => number | undefined;
}

/** All that is kept of a partition when it is taken. */
export interface Taken {
  /** In no order. */
  intents: Intent[];
  stop: Stop;
}

/** What another instance wrote: of our own making, so only the frame is looked at. */
const intentSchema = z.looseObject({
  id: z.string(),
  conversationId: z.string(),
  participant: z.union([z.object({ id: z.string() }), z.object({ purpose: z.string() })]),
  sequence: z.number(),
  acceptedAt: z.number(),
  state: z.enum(['accepted', 'waiting', 'sent', 'applied', 'confirmed', 'satisfied', 'superseded', 'dead']),
  attempts: z.number(),
});

/**
 * The outbox of a fleet, as a store: what is accepted stands on the stream of its partition until it is finished, and how far
 * each has come in a record beside it. Whoever owns a partition takes both over; a record is put with the owner's fence.
 */
export class SharedOutbox implements IntentStore {
  readonly durable = true;
  readonly #deps: SharedOutboxDeps;
  /** Intent → its partition, and its message while it is on the stream. */
  readonly #kept = new Map<string, { partition: number; message: IntentMessage | undefined; finished: boolean }>();

  /** Puts under way, by partition. */
  readonly #putting = new Map<number, Promise<unknown>>();

  constructor(deps: SharedOutboxDeps) {
    this.#deps = deps;
  }

  async add(intent: Intent): Promise<number> {
    const partition = this.#deps.partitionOf(intent.conversationId);
    const before = this.#kept.get(intent.id);
    this.#kept.set(intent.id, { partition, message: undefined, finished: false });
    try {
      // accepted anew it is another message, and not a copy of the first one
      const id = before === undefined ? intent.id : `${intent.id}.${intent.acceptedAt}`;
      return await this.#deps.stream.add(partition, id, JSON.stringify(intent));
    } catch (error) {
      if (before === undefined) this.#kept.delete(intent.id);
      else this.#kept.set(intent.id, before);
      throw failed(error);
    }
  }

  /** Resolves when all that was put of a partition is kept, or could not be. */
  async settled(partition: number): Promise<void> {
    while (this.#putting.get(partition) !== undefined) await this.#putting.get(partition);
  }

  async put(intent: Intent): Promise<void> {
    const partition = this.#deps.partitionOf(intent.conversationId);
    const putting = this.#put(intent);
    const before = this.#putting.get(partition);
    const all: Promise<unknown> = Promise.allSettled([before, putting]).then(() => {
      if (this.#putting.get(partition) === all) this.#putting.delete(partition);
    });
    this.#putting.set(partition, all);
    await putting;
  }

  async #put(intent: Intent): Promise<void> {
    const partition = this.#deps.partitionOf(intent.conversationId);
    const fence = this.#deps.fence(partition);
    if (fence === undefined)
      throw new StoreFailed(`partition ${partition} is another instance's: what became of an intent of it is that one's to keep`);
    const kept = this.#kept.get(intent.id) ?? { partition, message: undefined, finished: false };
    this.#kept.set(intent.id, kept);
    try {
      await this.#deps.stream.put(partition, intent.id, JSON.stringify({ ...intent, fence }), fence);
      kept.finished = isFinished(intent);
      if (kept.finished) await this.#done(kept);
    } catch (error) {
      throw failed(error);
    }
  }

  async delete(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    try {
      await this.#deps.stream.delete(kept.partition, id);
    } catch (error) {
      throw failed(error);
    }
  }

  /** What partitions hold is told when they are taken. */
  all(): Intent[] {
    return [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Takes a partition over: resolves with all that is kept of it; whatever is accepted from then on is told one by one.
   * Rejects with `CoordinatorFailed`.
   */
  async take(partition: number, onIntent: (intent: Intent) => void): Promise<Taken> {
    const { stream } = this.#deps;
    this.release(partition);
    const waiting = new Map<string, Intent>();
    let present = false;
    let tellPresent: () => void = () => undefined;
    const complete = new Promise<void>((resolve) => (tellPresent = resolve));
    const stop = await stream.consume(
      partition,
      (message) => {
        const intent = this.#arrived(partition, message);
        if (intent === undefined) return;
        if (present) onIntent(intent);
        else waiting.set(intent.id, intent);
      },
      tellPresent,
    );
    try {
      // records after the first messages were asked for: what was finished meanwhile was finished by an owner before
      const [records] = await Promise.all([stream.records(partition), complete]);
      present = true;
      return { intents: this.#merged(partition, waiting, records), stop };
    } catch (error) {
      await stop();
      throw error;
    }
  }

  /** An intent was accepted twice: this copy of it goes. Never rejects: what stays is dropped by the next owner. */
  async drop(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    this.#kept.delete(id);
    if (kept !== undefined) await this.#done(kept).catch(() => undefined);
  }

  /** A partition is another instance's: nothing of it is remembered. */
  release(partition: number): void {
    for (const [id, kept] of this.#kept) if (kept.partition === partition) this.#kept.delete(id);
  }

  /** A message has come; undefined where it is one of what is known, or is no intent. */
  #arrived(partition: number, message: IntentMessage): Intent | undefined {
    const intent = intentOf(message.text);
    if (intent === undefined) {
      void message.done();
      return undefined;
    }
    const kept = this.#kept.get(intent.id) ?? { partition, message: undefined, finished: false };
    this.#kept.set(intent.id, kept);
    kept.message = message;
    if (kept.finished) {
      void this.#done(kept);
      return undefined;
    }
    return { ...intent, sequence: message.sequence };
  }

  /** A record tells how far an intent had come, unless it was accepted anew after that. */
  #merged(partition: number, waiting: ReadonlyMap<string, Intent>, records: readonly string[]): Intent[] {
    const merged = new Map(waiting);
    for (const text of records) {
      const record = intentOf(text);
      if (record === undefined) continue;
      const accepted = waiting.get(record.id);
      if (accepted !== undefined && accepted.sequence > record.sequence) continue;
      merged.set(record.id, record);
      const kept = this.#kept.get(record.id) ?? { partition, message: undefined, finished: false };
      kept.finished = isFinished(record);
      this.#kept.set(record.id, kept);
      if (kept.finished) void this.#done(kept);
    }
    return [...merged.values()];
  }

  async #done(kept: { message: IntentMessage | undefined }): Promise<void> {
    const { message } = kept;
    kept.message = undefined;
    await message?.done();
  }
}

function intentOf(text: string): Intent | undefined {
  try {
    const parsed = intentSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as unknown as Intent) : undefined;
  } catch {
    return undefined;
  }
}

function failed(error: unknown): StoreFailed {
  return new StoreFailed(`the fleet's outbox could not be written: ${messageOf(error)}`, { cause: error });
}
