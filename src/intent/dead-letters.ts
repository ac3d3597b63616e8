import type { Intent } from './intent.js';

/** Key → value of what a retry of a dead letter would still set, and the keys that newer wishes have set. */
export interface Remainder {
  left: Record<string, string>;
  superseded: string[];
}

/**
 * What is left of a dead letter beside the newer wishes for the same participant: writing an older value over a newer
 * one would undo it. A newer wish that is dead itself has set nothing.
 * @param siblings all intents of its conversation
 */
export function remainderOf(dead: Intent & { attributes: Readonly<Record<string, string>> }, siblings: readonly Intent[]): Remainder {
  const newer = siblings
    .filter(({ sequence, state }) => sequence > dead.sequence && state !== 'dead')
    .filter((other) => sameParticipant(dead, other));
  const isSet = (key: string): boolean => newer.some(({ attributes }) => attributes !== undefined && Object.hasOwn(attributes, key));
  const entries = Object.entries(dead.attributes);
  return {
    left: Object.fromEntries(entries.filter(([key]) => !isSet(key))),
    superseded: entries.map(([key]) => key).filter(isSet),
  };
}

function sameParticipant(one: Intent, other: Intent): boolean {
  const [first, second] = [idOf(one), idOf(other)];
  if (first !== undefined && second !== undefined) return first === second;
  const purpose = purposeOf(one);
  return purpose !== undefined && purpose === purposeOf(other);
}

function idOf({ writtenTo, participant }: Intent): string | undefined {
  return writtenTo ?? ('id' in participant ? participant.id : undefined);
}

function purposeOf({ participant }: Intent): string | undefined {
  return 'purpose' in participant ? participant.purpose : undefined;
}
