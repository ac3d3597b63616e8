/** FNV-1a, 32 bits: its offset basis and prime (http://www.isthe.com/chongo/tech/comp/fnv/). */
const basis = 0x811c9dc5;
const prime = 0x01000193;

/** A number of 32 bits that a text stands for, the same on every machine. */
export function hashOf(text: string): number {
  let hash = basis;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  // the low bits of FNV-1a alone are poor for texts that differ at their ends only
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

/** The partition of a conversation, from 0 to `partitions` - 1; the same on every instance. */
export function partitionOf(conversationId: string, partitions: number): number {
  return hashOf(conversationId) % partitions;
}
