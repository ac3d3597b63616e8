import { mostTopics } from './channel.js';

/** An OAuth client has 20 channels (genesys-cloud.md §2); two are kept free for channels that take the place of others. */
export const mostShards = 18;

/** Topics by shard, and those for which there is no room. */
export interface Assignment {
  shards: Map<number, string[]>;
  left: string[];
}

/**
 * Shares topics out to shards of 1,000 each. A topic stays where it is, so that a change moves as few as can be; new ones
 * fill the shards with room in the order of their numbers, then new shards; one that has none left is not there any more,
 * but for the last. Pure.
 */
export function assign(topics: readonly string[], present: ReadonlyMap<number, readonly string[]>): Assignment {
  const wanted = new Set(topics);
  const shards = new Map([...present].map(([number, there]) => [number, there.filter((topic) => wanted.has(topic))]));
  for (const there of shards.values()) for (const topic of there) wanted.delete(topic);
  const waiting = [...wanted];
  for (let number = 1; number <= mostShards && waiting.length > 0; number += 1) {
    const there = shards.get(number) ?? [];
    there.push(...waiting.splice(0, mostTopics - there.length));
    shards.set(number, there);
  }
  for (const [number, there] of shards) if (there.length === 0 && shards.size > 1) shards.delete(number);
  if (shards.size === 0) shards.set(1, []);
  return { shards, left: waiting };
}
