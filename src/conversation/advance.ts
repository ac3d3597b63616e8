import { isDeepStrictEqual } from 'node:util';
import { stateRank, type Participant, type Snapshot } from './snapshot.js';

/** What a snapshot is to the one before it. */
export type Advance = { outcome: 'newer'; snapshot: Snapshot } | { outcome: 'duplicate' | 'older' };

/** The version as of which answers have told a participant, so that an event from before takes nothing back. */
export type Floor = (participantId: string) => number | undefined;

const noFloor: Floor = () => undefined;

/**
 * Puts a snapshot on top of what is known. With versions the higher one is newer; without, a snapshot is older if it
 * takes back something that only ever goes forward, and a duplicate if it changes nothing (genesys-cloud.md §4).
 */
export function advance(known: Snapshot | undefined, next: Snapshot, floor: Floor = noFloor): Advance {
  if (known === undefined) return { outcome: 'newer', snapshot: next };
  const versioned = known.version !== undefined && next.version !== undefined;
  if (versioned && next.version < known.version) return { outcome: 'older' };
  if (versioned && next.version === known.version) return { outcome: 'duplicate' };
  if (!versioned && takesBack(known, next)) return { outcome: 'older' };
  const snapshot = merge(known, next, floor);
  return !versioned && isDeepStrictEqual(snapshot, known) ? { outcome: 'duplicate' } : { outcome: 'newer', snapshot };
}

/** What a read or an own write tells of one participant, on top of what is known; attributes as given, or key by key. */
export function withParticipant(known: Snapshot, told: Participant, attributes: 'whole' | 'merge'): Snapshot {
  const before = known.participants.find(({ id }) => id === told.id);
  if (before === undefined) return attributes === 'whole' ? { ...known, participants: [...known.participants, told] } : known;
  const merged = mergeParticipant(before, told);
  const participant = attributes === 'whole' ? merged : { ...merged, attributes: { ...before.attributes, ...told.attributes } };
  return { ...known, participants: known.participants.map((each) => (each === before ? participant : each)) };
}

function takesBack(known: Snapshot, next: Snapshot): boolean {
  // topic families see different participants: only a snapshot of the same shape can be missing some
  if (known.shape === next.shape && known.participants.some(({ id }) => !next.participants.some((participant) => participant.id === id)))
    return true;
  return next.participants.some((participant) => {
    const before = known.participants.find(({ id }) => id === participant.id);
    if (before === undefined) return false;
    return (
      (stateRank(participant.state) ?? Infinity) < (stateRank(before.state) ?? -Infinity) ||
      (before.endTime !== undefined && participant.endTime === undefined && known.shape === next.shape)
    );
  });
}

function merge(known: Snapshot, next: Snapshot, floor: Floor): Snapshot {
  const told = new Map(next.participants.map((participant) => [participant.id, participant]));
  const kept = known.participants.map((before) => {
    const participant = told.get(before.id);
    told.delete(before.id);
    return participant === undefined || isOlder(participant.version ?? next.version, floor(before.id))
      ? before
      : mergeParticipant(before, participant);
  });
  return {
    id: known.id,
    participants: [...kept, ...told.values()],
    version: next.version ?? known.version,
    etag: next.etag,
    endTime: next.endTime ?? known.endTime,
    shape: next.shape,
  };
}

function isOlder(version: number | undefined, floor: number | undefined): boolean {
  return version !== undefined && floor !== undefined && version < floor;
}

/** Newer fields over older ones; what the newer body does not tell is kept. */
function mergeParticipant(before: Participant, told: Participant): Participant {
  const defined = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  return { ...before, ...defined, etag: told.etag, id: before.id };
}
