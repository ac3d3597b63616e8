import type { ResourceId } from '../../conversation/conversation.js';
import type { Participant } from '../../conversation/snapshot.js';
import type { Method } from '../../genesys/http.js';

/** What a write target sends. */
interface WriteRequest {
  method: Method;
  path: string;
  body: unknown;
}

/** A resource of the platform through which attributes are written under a precondition. */
export interface WriteTarget {
  readonly name: string;
  /** What the version belongs to, and so what one writer at a time may write. */
  resource(participantId: string): ResourceId;
  /** Path of the resource that tells the ETag. */
  readPath(conversationId: string, resource: ResourceId): string;
  /** The request that sets `attributes` (participant → key → value), own keys only. */
  write(conversationId: string, attributes: ReadonlyMap<string, Readonly<Record<string, string>>>): WriteRequest;
  /** The participants that the body of a read tells of. */
  told(body: unknown): Participant[];
}
