import { isFinished } from '../intent/intent.js';
import type { IntentStore } from '../intent/store/store.js';
import type { IntentStream } from './coordinator.js';
import { partitionOf } from './partitions.js';

/**
 * Moves what a lone daemon has kept into the outbox of a fleet: what is not finished onto its stream, in order of acceptance, and
 * what is finished as records. Each leaves the store only when the fleet has it, so that a second try goes on where the first
 * one ended. Resolves with their number; rejects with what either store rejects with.
 */
export async function moveIntents(
  store: IntentStore,
  stream: IntentStream,
  { partitions, now }: { partitions: number; now: number },
): Promise<number> {
  const intents = store.all();
  for (const intent of intents) {
    const partition = partitionOf(intent.conversationId, partitions);
    // fence 0: any owner's record is newer
    if (isFinished(intent)) await stream.put(partition, intent.id, JSON.stringify(intent), 0);
    else await stream.add(partition, `${intent.id}.${now}`, JSON.stringify(intent));
    await store.delete(intent.id);
  }
  return intents.length;
}
