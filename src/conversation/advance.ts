import { keptParticipant, stateRank, type Participant, type Snapshot } from './snapshot.js';

type Attributes = Readonly<Record<string, string>>;

/**
 * What a snapshot is to the one before it. An older one may still tell something that only goes forward and was not known: then
 * there is a snapshot with it. A duplicate of a later time is known as of that time from then on.
 */
export type Advance = { outcome: 'newer'; snapshot: Snapshot } | { outcome: 'duplicate' | 'older'; snapshot?: Snapshot };

/** The version as of which answers have told a participant, so that an event from before takes nothing back. */
export type Floor = (participantId: string) => number | undefined;

const noFloor: Floor = () => undefined;

/**
 * Puts a snapshot on top of what is known. With versions the higher one is newer; without, a snapshot is older if it
 * takes back something that only ever goes forward, and a duplicate if it changes nothing (genesys-cloud.md §4). Where both
 * tell when they were made, the earlier one is older: what goes both ways it takes back nowhere.
 */
export function advance(known: Snapshot | undefined, next: Snapshot, floor: Floor = noFloor): Advance {
  if (known === undefined) return { outcome: 'newer', snapshot: next };
  const versioned = known.version !== undefined && next.version !== undefined;
  if (versioned && next.version < known.version) return { outcome: 'older' };
  if (versioned && next.version === known.version) return { outcome: 'duplicate' };
  if (!versioned && isOvertaken(next, known)) return late(known, next);
  if (!versioned && takesBack(known, next)) return { outcome: 'older' };
  const snapshot = merge(known, next, floor);
  if (versioned || !isSame(snapshot, known)) return { outcome: 'newer', snapshot };
  return snapshot.timestamp === known.timestamp ? { outcome: 'duplicate' } : { outcome: 'duplicate', snapshot };
}

/** Of two that were made at the same time the first one that came counts, so that a repetition of either changes nothing. */
function isOvertaken({ timestamp: next }: Snapshot, { timestamp: known }: Snapshot): boolean {
  return next !== undefined && known !== undefined && next <= known;
}

/** An event that was overtaken: what only goes forward, and what nobody has told, is taken from it. */
function late(known: Snapshot, next: Snapshot): Advance {
  const participants = known.participants.map((before, index) => {
    const told = withId(before.id, next.participants, index);
    return told === undefined ? before : mergeParticipant(told, before, before);
  });
  for (const told of next.participants) if (!participants.some(({ id }) => id === told.id)) participants.push(keptParticipant(told));
  const snapshot = { ...known, participants, endTime: known.endTime ?? next.endTime };
  if (!isSame(snapshot, known)) return { outcome: 'older', snapshot };
  return { outcome: next.timestamp === known.timestamp ? 'duplicate' : 'older' };
}

/** Whether a snapshot that was made on top of another one is the same: then its participants are the same objects. */
function isSame(merged: Snapshot, known: Snapshot): boolean {
  return (
    merged.participants.length === known.participants.length &&
    merged.participants.every((participant, index) => participant === known.participants[index]) &&
    merged.version === known.version &&
    merged.etag === known.etag &&
    merged.endTime === known.endTime &&
    merged.shape === known.shape
  );
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
  if (known.shape === next.shape && known.participants.some(({ id }, index) => withId(id, next.participants, index) === undefined))
    return true;
  return next.participants.some((participant, index) => {
    const before = withId(participant.id, known.participants, index);
    if (before === undefined) return false;
    return (
      (stateRank(participant.state) ?? Infinity) < (stateRank(before.state) ?? -Infinity) ||
      (before.endTime !== undefined && participant.endTime === undefined && known.shape === next.shape)
    );
  });
}

function merge(known: Snapshot, next: Snapshot, floor: Floor): Snapshot {
  // copied when the first of them changes: a list that outlives its frame costs the collector more than it looks
  let changed: Participant[] | undefined;
  for (let index = 0; index < known.participants.length; index += 1) {
    const before = known.participants[index];
    const told = before && withId(before.id, next.participants, index);
    if (before === undefined || told === undefined || isOlder(told.version ?? next.version, floor(before.id))) continue;
    const merged = mergeParticipant(before, told);
    if (merged !== before) (changed ??= [...known.participants])[index] = merged;
  }
  for (let index = 0; index < next.participants.length; index += 1) {
    const told = next.participants[index];
    if (told === undefined || known.participants[index]?.id === told.id) continue;
    if (!(changed ?? known.participants).some(({ id }) => id === told.id))
      (changed ??= [...known.participants]).push(keptParticipant(told));
  }
  return {
    id: known.id,
    participants: changed ?? known.participants,
    version: next.version ?? known.version,
    etag: next.etag,
    endTime: next.endTime ?? known.endTime,
    shape: next.shape,
    ...timeOf(known, next),
  };
}

/** The later of their times; absent where neither has one, so that a snapshot without costs nothing more. */
function timeOf({ timestamp: known = -Infinity }: Snapshot, { timestamp: next = -Infinity }: Snapshot): Pick<Snapshot, 'timestamp'> {
  const timestamp = Math.max(known, next);
  return timestamp === -Infinity ? {} : { timestamp };
}

/** The participant of this id; mostly they come in the order in which they are known. */
function withId(id: string, all: readonly Participant[], index: number): Participant | undefined {
  const same = all[index];
  return same?.id === id ? same : all.find((participant) => participant.id === id);
}

function isOlder(version: number | undefined, floor: number | undefined): boolean {
  return version !== undefined && floor !== undefined && version < floor;
}

/**
 * Newer fields over older ones; what the newer body does not tell is kept.
 * @param known given back if it is the same as what comes of it
 */
function mergeParticipant(before: Participant, told: Participant, known: Participant = before): Participant {
  // most of what an event repeats is as it was: then nothing is made (test/bench/ingest.ts)
  if (known === before && tellsNothingNew(before, told)) return before;
  const merged: Participant = {
    id: before.id,
    purpose: newer(before.purpose, told.purpose),
    state: newer(before.state, told.state),
    attributes: newerMap(before.attributes, told.attributes),
    userId: newer(before.userId, told.userId),
    queueId: newer(before.queueId, told.queueId),
    media: newer(before.media, told.media),
    address: newer(before.address, told.address),
    ani: newer(before.ani, told.ani),
    dnis: newer(before.dnis, told.dnis),
    startTime: newer(before.startTime, told.startTime),
    connectedTime: newer(before.connectedTime, told.connectedTime),
    endTime: newer(before.endTime, told.endTime),
    version: newer(before.version, told.version),
    etag: told.etag,
  };
  return fields.every((name) => merged[name] === known[name]) ? known : merged;
}

function tellsNothingNew(before: Participant, told: Participant): boolean {
  return (
    isRepeated(before.state, told.state) &&
    isRepeated(before.version, told.version) &&
    told.etag === before.etag &&
    isRepeated(before.endTime, told.endTime) &&
    isRepeated(before.connectedTime, told.connectedTime) &&
    isRepeated(before.startTime, told.startTime) &&
    isRepeated(before.purpose, told.purpose) &&
    isRepeated(before.userId, told.userId) &&
    isRepeated(before.queueId, told.queueId) &&
    isRepeated(before.media, told.media) &&
    isRepeated(before.address, told.address) &&
    isRepeated(before.ani, told.ani) &&
    isRepeated(before.dnis, told.dnis) &&
    newerMap(before.attributes, told.attributes) === before.attributes
  );
}

function isRepeated(before: string | number | undefined, told: string | number | undefined): boolean {
  return told === undefined || told === before;
}

/** All fields of a participant. */
const fields = [
  'id',
  'purpose',
  'state',
  'attributes',
  'userId',
  'queueId',
  'media',
  'address',
  'ani',
  'dnis',
  'startTime',
  'connectedTime',
  'endTime',
  'version',
  'etag',
] as const satisfies (keyof Participant)[];

/** The same text as before stays the same object: what a frame repeats is garbage at once, and never gets old (test/bench/ingest.ts). */
function newer<T extends string | number>(before: T | undefined, told: T | undefined): T | undefined {
  return told === undefined || told === before ? before : told;
}

function newerMap(before: Attributes | undefined, told: Attributes | undefined): Attributes | undefined {
  return told === undefined || (before !== undefined && isSameMap(before, told)) ? before : told;
}

function isSameMap(a: Attributes, b: Attributes): boolean {
  for (const key in b) if (a[key] !== b[key]) return false;
  // a key may have a name that every object has, such as constructor
  for (const key in a) if (!Object.hasOwn(b, key)) return false;
  return true;
}
