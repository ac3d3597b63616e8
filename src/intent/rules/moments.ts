import type { RuleMoment } from '../../config/schema.js';
import { hasEnded, isOver, type Participant, type Snapshot } from '../../conversation/snapshot.js';

/** A moment at which rules are evaluated; `participant` is the one that it is about, if it is about one. */
export interface Moment {
  when: RuleMoment;
  participant?: Participant;
}

/** What happened between two snapshots of a conversation, in the order in which rules should see it. */
export function momentsBetween(previous: Snapshot | undefined, snapshot: Snapshot): Moment[] {
  const moments: Moment[] = previous === undefined ? [{ when: 'conversation.started' }] : [];
  const before = (participant: Participant, index: number): Participant | undefined => {
    // mostly they come in the order in which they were known
    const same = previous?.participants[index];
    return same?.id === participant.id ? same : previous?.participants.find(({ id }) => id === participant.id);
  };
  for (const [index, participant] of snapshot.participants.entries())
    if (before(participant, index) === undefined) moments.push({ when: 'participant.added', participant });
  for (const [index, participant] of snapshot.participants.entries()) {
    const known = before(participant, index);
    if (hasEnded(participant) && (known === undefined || !hasEnded(known))) moments.push({ when: 'participant.ended', participant });
  }
  moments.push({ when: 'conversation.updated' });
  if (isOver(snapshot) && (previous === undefined || !isOver(previous))) moments.push({ when: 'conversation.ended' });
  return moments;
}
