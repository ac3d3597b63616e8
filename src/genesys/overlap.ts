import { createHash } from 'node:crypto';
import type { NotificationEvent } from './frames.js';

/** A copy comes so long after the first one at most, in ms: events take 20–150 ms (when-to-write.md), a stalled socket some seconds. */
const copyWithin = 5_000;

interface Owed<Source> {
  by: Source;
  until: number;
}

/**
 * While several channels tell of the same topics, hands each event on once: whoever tells it first is heard, and each of
 * the others owes one copy, which is dropped when it comes. A `CorrelationId` is no event id (genesys-cloud.md §3), so
 * events are copies of each other whose topic and body are the same. The same again from the same channel is no copy.
 */
export class Overlap<Source> {
  /** Event → copies that are still to come; the oldest entries first. */
  readonly #owed = new Map<string, Owed<Source>[]>();

  /**
   * Whether an event is to be handed on.
   * @param others the other channels that may tell of it too
   * @param now clock's ms
   */
  isFirst(event: NotificationEvent, from: Source, others: readonly Source[], now: number): boolean {
    this.#forget(now);
    if (others.length === 0 && this.#owed.size === 0) return true;
    const key = keyOf(event);
    const owed = this.#owed.get(key) ?? [];
    const copy = owed.findIndex(({ by, until }) => by === from && until >= now);
    if (copy >= 0) owed.splice(copy, 1);
    else owed.push(...others.map((by) => ({ by, until: now + copyWithin })));
    // last touched, last in line to be forgotten
    this.#owed.delete(key);
    if (owed.length > 0) this.#owed.set(key, owed);
    return copy < 0;
  }

  #forget(now: number): void {
    for (const [key, owed] of this.#owed) {
      if (owed.some(({ until }) => until >= now)) return;
      this.#owed.delete(key);
    }
  }
}

function keyOf({ topicName, eventBody }: NotificationEvent): string {
  return createHash('sha1').update(topicName).update('\n').update(JSON.stringify(eventBody)).digest('base64');
}
