import type { RuleMoment } from '../../config/schema.js';
import { hasEnded, isOver, type Participant, type Snapshot } from '../../conversation/snapshot.js';

/** A moment at which rules are evaluated; `participant` is the one that it is about, if it is about one. */
export interface Moment {
  when: RuleMoment;
  participant?: Participant;
}

/** What happened between two snapshots of a conversation, in the order in which rules should see it. */
export function momentsBetween(previous: Snapshot | undefined, snapshot: Snapshot): Moment[] {
  const before = new Map(previous?.participants.map((participant) => [participant.id, participant]));
  const added = snapshot.participants.filter(({ id }) => !before.has(id));
  const ended = snapshot.participants.filter((participant) => hasEnded(participant) && !isEnded(before.get(participant.id)));
  const over = isOver(snapshot) && (previous === undefined || !isOver(previous));
  return [
    ...(previous === undefined ? [{ when: 'conversation.started' as const }] : []),
    ...added.map((participant) => ({ when: 'participant.added' as const, participant })),
    ...ended.map((participant) => ({ when: 'participant.ended' as const, participant })),
    { when: 'conversation.updated' as const },
    ...(over ? [{ when: 'conversation.ended' as const }] : []),
  ];
}

function isEnded(participant: Participant | undefined): boolean {
  return participant !== undefined && hasEnded(participant);
}
