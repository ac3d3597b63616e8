import type { WriteTargetName } from '../../config/schema.js';
import type { ResourceId } from '../../conversation/conversation.js';
import type { Participant, Snapshot } from '../../conversation/snapshot.js';
import type { Method } from '../../genesys/http.js';

/** What a write target sends. */
interface WriteRequest {
  method: Method;
  path: string;
  body: unknown;
}

/** What a read of a resource tells. */
export interface Content {
  /** The participants that it shows. */
  readonly participants: readonly Participant[];
  /** Attributes that are the resource's own and no participant's. */
  readonly own?: Readonly<Record<string, string>>;
  /** Where the write names it in its body. */
  readonly version?: number | undefined;
  /** The record that holds the resource's own attributes, where it has one. */
  readonly record?: { readonly id: string; readonly divisions: readonly string[] };
}

/** What a write is made of. */
interface WriteInput {
  conversation: Snapshot;
  /** Participant → key → value: own keys only. */
  attributes: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** What the read just before told, where the precondition is of the body. */
  read: Content | undefined;
}

/** A resource of the platform through which attributes are written. One conformance suite holds all of them to this. */
export interface WriteTarget {
  readonly name: WriteTargetName;
  /**
   * What keeps a write from undoing another's: an ETag in `If-Match`; the version that a read just before told, in the
   * body; or nothing, as the platform merges key by key.
   */
  readonly precondition: 'etag' | 'body-version' | 'none';
  /** Whose attributes are written: events show those of participants; only a read shows those of a conversation. */
  readonly holder: 'participant' | 'conversation';
  /** A success may be carried out so much later, in ms: a read before that proves nothing. */
  readonly settles: number;
  /** The next write waits for so long after a success, in ms: it must not pass one that is still being carried out. */
  readonly spacing: number;
  /** What the version belongs to, and so what one writer at a time may write. */
  resource(participantId: string): ResourceId;
  /** Path at which a conversation is read as a whole. */
  conversationPath(conversationId: string): string;
  /** Path of the resource: it tells the precondition and the values. */
  readPath(conversationId: string, resource: ResourceId): string;
  /** What the body of a read of the resource tells; undefined if it is not understood. */
  content(body: unknown): Content | undefined;
  /** The request that sets attributes. */
  write(input: WriteInput): WriteRequest;
}

/** The value of an attribute by a read. */
export function valueIn({ own, participants }: Content, participantId: string, key: string): string | undefined {
  return own === undefined ? participants.find(({ id }) => id === participantId)?.attributes?.[key] : own[key];
}
