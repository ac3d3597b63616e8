import type { Conversation, ResourceId } from '../conversation/conversation.js';
import { etagOfVersion, strong, versionOfEtag } from '../conversation/newest.js';
import type { Grant } from '../genesys/budget.js';
import { Refused } from '../genesys/errors.js';
import type { RestClient } from '../genesys/rest.js';
import type { Content, WriteTarget } from './targets/target.js';

/** What one read of a resource told. */
export interface Reading {
  content: Content;
  /** The ETag by this read; undefined where the target has none. */
  etag: string | undefined;
  /** Own writes of the conversation that were answered when it was asked: it shows all of them. */
  asked: number;
}

export interface ReadDeps {
  rest: RestClient;
  target: WriteTarget;
}

/**
 * Reads a resource, and lets its conversation know. Throws what the client throws, or `Refused` for an answer that is
 * not understood or has no ETag where one is needed.
 */
export async function readResource(
  { rest, target }: ReadDeps,
  conversation: Conversation,
  resource: ResourceId,
  grant?: Grant,
): Promise<Reading> {
  const asked = { order: conversation.order, writes: conversation.writes };
  const path = target.readPath(conversation.id, resource);
  const answer = await rest.expect({
    method: 'GET',
    path,
    grant,
    compose: () => {
      asked.order = conversation.order;
      asked.writes = conversation.writes;
      return {};
    },
  });
  const content = target.content(answer.body);
  // a torn answer, or a gateway's page in its place: another try may tell more
  if (content === undefined) throw new Refused(`GET ${path} tells nothing that write.target ${target.name} understands`, answer, 'server');
  let etag: string | undefined;
  let version: number | undefined;
  if (target.precondition === 'etag') {
    version = content.version ?? content.participants.find(({ id }) => resource !== 'conversation' && id === resource.participant)?.version;
    etag = strong(answer.headers['etag']) ?? (version === undefined ? undefined : etagOfVersion(version));
    if (etag === undefined) {
      throw new Refused(
        `GET ${path} tells no ETag that can be compared, so write.target ${target.name} cannot be used in this org`,
        answer,
        'invalid',
      );
    }
    conversation.answered(resource, { asked: asked.order, etag: answer.headers['etag'], version, accepted: true });
  }
  for (const participant of content.participants) conversation.read(participant, asked.writes, versionOfEtag(etag) ?? version);
  return { content, etag, asked: asked.writes };
}
