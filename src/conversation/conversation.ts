import { isDeepStrictEqual } from 'node:util';
import { BehaviorSubject, Subject, type Observable } from 'rxjs';
import type { Clock } from '../base/clock.js';
import { advance, withParticipant, type Floor } from './advance.js';
import type { Evidence } from './evidence.js';
import type { EtagConvention } from './etag-convention.js';
import { newest, nothingKnown, versionOfEtag, type Known, type News, type Order } from './newest.js';
import { noWrites, type OwnWrites } from './own-writes.js';
import { pack, unpack } from './packed.js';
import { Pulse, type PulseDeps } from './pulse.js';
import { keyOf, type ResourceId } from './resource.js';
import { noEvents, type Rhythm } from './rhythm.js';
import { isOver, kept, type Participant, type Snapshot } from './snapshot.js';

export type { ResourceId };
/** What a write needs to know before it is sent. */
export type Precondition = { state: 'fresh'; etag: string } | { state: 'stale'; etag: string | undefined };

/** An answer about a resource, as far as its version goes; see `News`. */
export type ResourceAnswer = Omit<News & { from: 'answer' }, 'from' | 'now'>;

/** The same object for all conversations of a registry. */
export interface ConversationDeps extends PulseDeps {
  clock: Clock;
  convention: EtagConvention;
  /** An answer has told something new of the content. */
  onTold?: (conversation: Conversation, previous: Snapshot) => void;
}

/**
 * One conversation: the stream of its latest version, and what is known of the ETags of what is written in it.
 * It keeps what decides, not the frames.
 */
export class Conversation {
  readonly id: string;
  /** When anything was last heard of it (clock's ms). */
  lastHeard: number;
  readonly #deps: ConversationDeps;
  /** Packed while it is settled. */
  #snapshot: Snapshot | string;
  #over: boolean;
  #stream: BehaviorSubject<Snapshot> | undefined;
  #evidence: Subject<Evidence> | undefined;
  /** By participant, and for the conversation by an empty text. */
  #known: Map<string, Known> | undefined;
  #ownWrites: OwnWrites | undefined;
  #order: Order = 0;
  #pulse: Pulse | undefined;
  #holds = 0;

  /** @param live whether it is known from an event: one that was read is calm until an event comes */
  constructor(deps: ConversationDeps, first: Snapshot, live: boolean) {
    this.#deps = deps;
    this.id = first.id;
    this.#snapshot = kept(first);
    this.#over = isOver(first);
    this.lastHeard = deps.clock.now();
    if (!live) return;
    this.#beat.event(this.lastHeard, first.version);
    this.#order = 1;
  }

  get snapshot(): Snapshot {
    if (typeof this.#snapshot === 'string') this.#snapshot = unpack(this.#snapshot, this.id);
    return this.#snapshot;
  }

  /** Emits each newer snapshot; completes when the conversation is forgotten. */
  get stream(): BehaviorSubject<Snapshot> {
    return (this.#stream ??= new BehaviorSubject(this.snapshot));
  }

  /** How the events come that change it and are not echoes of own writes. */
  get rhythm(): Rhythm {
    return this.#pulse?.rhythm ?? noEvents;
  }

  get #beat(): Pulse {
    return (this.#pulse ??= new Pulse(this.#deps));
  }

  get over(): boolean {
    return this.#over;
  }

  /** The number of the last event or gap; a request written now is `asked` at this. */
  get order(): Order {
    return this.#order;
  }

  /** What is seen of its participants' attributes, also where that changes nothing; completes with the stream. */
  get evidence(): Observable<Evidence> {
    return (this.#evidence ??= new Subject());
  }

  /** Own writes that were answered: a read that was asked at this number shows all of them. */
  get writes(): number {
    return this.#ownWrites?.count ?? 0;
  }

  /** When an own wish or write last concerned it (clock's ms). */
  get lastOwn(): number {
    return this.#ownWrites?.lastConcern ?? -Infinity;
  }

  set lastOwn(at: number) {
    this.#own.lastConcern = at;
  }

  /** When an own write was last answered as taken (clock's ms). */
  get lastWritten(): number {
    return this.#ownWrites?.lastTaken ?? -Infinity;
  }

  get #own(): OwnWrites {
    return (this.#ownWrites ??= noWrites());
  }

  /** Whether somebody still needs it: then it is neither forgotten nor evicted. */
  get dirty(): boolean {
    return this.#holds > 0;
  }

  /** Keeps it until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) this.#holds -= 1;
      held = false;
    };
  }

  /**
   * Takes in a full snapshot from an event.
   * @param onOutcome is told what came of it before anybody acts on it
   */
  observe(next: Snapshot, onOutcome?: (outcome: 'newer' | 'duplicate' | 'older') => void): 'newer' | 'duplicate' | 'older' {
    const { clock } = this.#deps;
    this.#order += 1;
    this.lastHeard = clock.now();
    const result = advance(this.snapshot, next, this.#floor());
    onOutcome?.(result.outcome);
    this.#watchConvention(next, result.outcome);
    if (result.outcome !== 'older') this.#hear(next);
    // of a call's end nothing can be learnt: whoever wishes from then on does not wait
    if (result.outcome === 'newer' && !isOver(result.snapshot)) this.#beat.event(this.lastHeard, next.version);
    // the same as of a later time is news to nobody
    if (result.outcome === 'duplicate') this.#snapshot = result.snapshot ?? this.snapshot;
    else if (result.snapshot !== undefined) this.#next(result.snapshot);
    if (result.outcome === 'older') this.#pulse?.late(this.lastHeard, next.version);
    if (result.outcome !== 'older') {
      for (const participant of next.participants) {
        const version = participant.version ?? next.version;
        this.#miss(participant, version);
        this.#show(participant, 'event', version);
      }
    }
    return result.outcome;
  }

  #next(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#over = isOver(snapshot);
    this.#stream?.next(snapshot);
  }

  #floor(): Floor | undefined {
    const known = this.#known;
    if (known === undefined || !this.#deps.convention.versionsAreEtags) return undefined;
    return (id) => (known.get(id) ?? known.get(''))?.version;
  }

  /** What an event with all attributes does not have is not taken to stand because it was written once. */
  #miss({ id, attributes }: Participant, version: number | undefined): void {
    const written = this.#ownWrites?.written.get(id);
    if (written === undefined || attributes === undefined) return;
    const known = this.#deps.convention.versionsAreEtags ? this.known({ participant: id }).version : undefined;
    if (version !== undefined && known !== undefined && version < known) return;
    this.#ownWrites?.written.set(id, Object.fromEntries(Object.entries(written).filter(([key]) => key in attributes)));
  }

  /** Takes in that something happened: perhaps with the version that it made, perhaps with some attributes of a participant. */
  touch(change: {
    participantId?: string;
    attributes?: Readonly<Record<string, string>>;
    version?: number | undefined;
    etag?: string | undefined;
    timestamp?: number;
  }): void {
    const { version, etag, participantId, attributes, timestamp } = change;
    this.#order += 1;
    const now = this.#deps.clock.now();
    this.lastHeard = now;
    // it shows a part only, so what may have been missed in a gap stays missing
    this.#update((known) => {
      const next = newest(known, { from: 'event', arrived: this.#order, now, version, etag }, this.#deps.convention.versionsAreEtags);
      return { ...next, unseen: known.unseen || next.unseen };
    });
    if (participantId === undefined || attributes === undefined) return;
    const known = this.known({ participant: participantId });
    if (version !== undefined && known.version !== undefined && version < known.version) return;
    // a snapshot that was made later has told of it already
    if (version === undefined && (timestamp ?? Infinity) <= (this.snapshot.timestamp ?? -Infinity)) return;
    if (timestamp !== undefined) this.#snapshot = { ...this.snapshot, timestamp };
    this.#put({ id: participantId, attributes }, 'merge');
    this.#show({ id: participantId, attributes }, 'part', version);
  }

  /** Events may have been missed: all that is known counts as stale. */
  gap(): void {
    this.#order += 1;
    this.#ownWrites?.written.clear();
    this.#update((known) => newest(known, { from: 'gap', arrived: this.#order }, this.#deps.convention.versionsAreEtags));
  }

  /**
   * What a read tells of a participant: nothing, if an event of a newer version overtook its answer, or a lagging replica gave it.
   * @param asked the number of own `writes` when it was asked
   * @param version that the read told, by its ETag or its body
   */
  read(participant: Participant, asked: number, version: number | undefined): void {
    const known = this.#deps.convention.versionsAreEtags ? this.known({ participant: participant.id }).version : undefined;
    if (version !== undefined && known !== undefined && version < known) return;
    this.#tell(this.#withWritesAfter(asked, participant), 'whole');
    if (asked >= this.writes) this.#show(participant, 'read', undefined);
  }

  /** A read that crossed an own write may be from before it: it does not take back what that one set. */
  #withWritesAfter(asked: number, participant: Participant): Participant {
    const later = [...(this.#ownWrites?.values.get(participant.id) ?? [])].filter(([, { write }]) => write > asked);
    if (later.length === 0) return participant;
    return {
      ...participant,
      attributes: { ...participant.attributes, ...Object.fromEntries(later.map(([key, { value }]) => [key, value])) },
    };
  }

  #tell(participant: Participant, attributes: 'whole' | 'merge'): void {
    const previous = this.snapshot;
    this.#put(participant, attributes);
    if (this.snapshot !== previous) this.#deps.onTold?.(this, previous);
  }

  #show({ id, attributes }: Participant, from: Evidence['from'], version: number | undefined): void {
    if (attributes === undefined) return;
    this.#evidence?.next({ from, participantId: id, attributes, version: this.#deps.convention.versionsAreEtags ? version : undefined });
  }

  #put(participant: Participant, attributes: 'whole' | 'merge'): void {
    const next = withParticipant(this.snapshot, participant, attributes);
    if (next !== this.snapshot && !isDeepStrictEqual(next, this.snapshot)) this.#next(next);
  }

  /** What is known of a resource: only of those that were asked for is more kept than the conversation's own. */
  known(resource: ResourceId): Known {
    const key = keyOf(resource);
    const known = this.#known?.get(key) ?? this.#fromSnapshot(resource);
    this.#keep(key, known);
    return known;
  }

  #keep(key: string, known: Known): void {
    (this.#known ??= new Map()).set(key, known);
  }

  /** Whether the newest ETag of a resource is known; a stale one is told beside it, if there is one. */
  precondition(resource: ResourceId): Precondition {
    const known = this.known(resource);
    // one that was built from a version is none where versions turned out to be no ETags
    const etag = known.built && !this.#deps.convention.versionsAreEtags ? undefined : known.etag;
    return etag === undefined || known.stale ? { state: 'stale', etag } : { state: 'fresh', etag };
  }

  /**
   * The ETag for a write that follows a read which told `read`: that counts as fresh once, whatever made the resource
   * stale since, else churn would starve the write (design.md §6); unless a newer version has been told meanwhile.
   */
  preconditionAfterRead(resource: ResourceId, read: string): string {
    const { version } = this.known(resource);
    const { etag } = this.precondition(resource);
    const readVersion = versionOfEtag(read);
    return etag !== undefined && version !== undefined && readVersion !== undefined && version > readVersion ? etag : read;
  }

  /** An own write was accepted with these values. */
  wrote(id: string, attributes: Readonly<Record<string, string>>): void {
    this.wroteElsewhere();
    const { written, values } = this.#own;
    written.set(id, { ...written.get(id), ...attributes });
    const own = values.get(id) ?? new Map<string, { value: string; write: number }>();
    values.set(id, own);
    for (const [key, value] of Object.entries(attributes)) own.set(key, { value, write: this.writes });
    this.#tell({ id, attributes }, 'merge');
  }

  /** What an own write set does not stand any more: somebody else was seen to have made these of the keys, or to have taken them away. */
  overwritten(id: string, values: Readonly<Record<string, string | undefined>>): void {
    this.#ownWrites?.written.delete(id);
    const before = this.snapshot.participants.find((participant) => participant.id === id);
    if (before === undefined) return;
    const attributes = Object.entries({ ...before.attributes, ...values }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    this.#tell({ id, attributes: Object.fromEntries(attributes) }, 'whole');
  }

  /** An own write was accepted that its participants' attributes do not show. */
  wroteElsewhere(): void {
    this.#own.count += 1;
    this.#own.lastTaken = this.#deps.clock.now();
  }

  /** The value that an attribute is known to have; undefined if that must be read. */
  standing(resource: ResourceId, id: string, key: string): string | undefined {
    const shown = this.snapshot.participants.find((participant) => participant.id === id)?.attributes?.[key];
    if (!this.known(resource).unseen) return shown ?? this.#ownWrites?.written.get(id)?.[key];
    const written = this.#ownWrites?.written.get(id)?.[key];
    return shown === undefined || shown === written ? written : undefined;
  }

  /** A write was sent and no answer came: whether it arrived must be read. */
  doubt(resource: ResourceId): void {
    this.#ownWrites?.written.clear();
    this.#keep(keyOf(resource), { ...this.known(resource), stale: true, unseen: true });
  }

  /** Nothing was heard of it for a while: if nobody needs or follows it, it is kept small until somebody asks for it. */
  settle(): void {
    if (this.dirty || this.#stream !== undefined || typeof this.#snapshot === 'string') return;
    this.#snapshot = pack(this.#snapshot);
    // how its events came matters no more when all is over
    if (this.#over) this.#pulse = undefined;
    else this.#pulse?.settle();
  }

  /** Ends its streams: it is forgotten. */
  close(): void {
    this.stream.complete();
    (this.#evidence ??= new Subject()).complete();
  }

  /**
   * Takes in what an answer tells of a resource's version.
   * @param sentAt when an own write went to the wire (clock's ms)
   */
  answered(resource: ResourceId, answer: ResourceAnswer, sentAt?: number): void {
    const { clock, convention } = this.#deps;
    const known = this.known(resource);
    convention.check(this.id, known, answer);
    if (!answer.accepted) this.#ownWrites?.written.clear();
    this.#keep(keyOf(resource), newest(known, { from: 'answer', now: clock.now(), ...answer }, convention.versionsAreEtags));
    const version = versionOfEtag(answer.etag);
    if (!answer.accepted || sentAt === undefined || version === undefined) return;
    this.#beat.wrote(version, { sentAt, answeredAt: clock.now() }, this.snapshot.version === version);
  }

  #hear(next: Snapshot): void {
    // from now on the snapshot's version or ETag may be an old one: what is known must be kept apart
    if (next.version === undefined && this.#known === undefined && (this.snapshot.version ?? this.snapshot.etag) !== undefined)
      this.known('conversation');
    if (this.#known === undefined) return;
    const now = this.#deps.clock.now();
    const { versionsAreEtags } = this.#deps.convention;
    for (const [key, known] of this.#known) {
      const participant = next.participants.find(({ id }) => id === key);
      const { version, etag } = participant?.version !== undefined || participant?.etag !== undefined ? participant : next;
      this.#known.set(key, newest(known, { from: 'event', arrived: this.#order, now, version, etag }, versionsAreEtags));
    }
  }

  #watchConvention(next: Snapshot, outcome: 'newer' | 'duplicate' | 'older'): void {
    if (outcome !== 'newer' || next.version === undefined) return;
    for (const known of this.#known?.values() ?? []) this.#deps.convention.checkEvent(this.id, known, next.version);
  }

  #update(change: (known: Known) => Known): void {
    if (this.#known === undefined) this.known('conversation');
    for (const [key, known] of this.#known ?? []) this.#keep(key, change(known));
  }

  /** Where nothing was kept for a resource, what the last event told, as of now. */
  #fromSnapshot(resource: ResourceId): Known {
    const conversation = this.#known?.get('');
    if (conversation !== undefined && resource !== 'conversation' && !this.#hasOwnVersion(resource.participant)) return conversation;
    const { snapshot } = this;
    const participant = resource === 'conversation' ? undefined : snapshot.participants.find(({ id }) => id === resource.participant);
    const { version, etag } = participant?.version !== undefined || participant?.etag !== undefined ? participant : snapshot;
    if (version === undefined && this.#order === 0) return nothingKnown;
    const news = { from: 'event', arrived: this.#order, now: this.#deps.clock.now(), version, etag } as const;
    const known = newest(nothingKnown, news, this.#deps.convention.versionsAreEtags);
    return conversation === undefined ? known : { ...known, stale: known.stale || conversation.unseen, unseen: conversation.unseen };
  }

  #hasOwnVersion(participantId: string): boolean {
    const participant = this.snapshot.participants.find(({ id }) => id === participantId);
    return participant?.version !== undefined || participant?.etag !== undefined;
  }
}
