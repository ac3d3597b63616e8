import type { FastifyInstance } from 'fastify';
import type { Registry } from '../../conversation/registry.js';
import type { Journal } from '../../observe/journal.js';
import type { Log } from '../../observe/log.js';
import type { Outbox } from '../outbox.js';
import { refusal } from './guard.js';
import { storyOf, type StoryEntry, type Work } from './story.js';
import { inWords } from './words.js';

export interface ConversationsDeps {
  log: Log;
  outbox: Outbox;
  registry: Pick<Registry, 'get'>;
  journal: Pick<Journal, 'of'>;
  /** What is being written in a conversation. */
  pipelines: (conversationId: string) => Work[];
  /** This instance's name in a fleet; undefined for a lone daemon. */
  instance?: string | undefined;
}

/** `GET /conversations/{cid}`: one call's story, behind `attributed explain` (design.md §4). */
export function conversationRoutes(
  server: FastifyInstance,
  { log, outbox, registry, journal, pipelines, instance }: ConversationsDeps,
): void {
  server.get<{ Params: { cid: string }; Querystring: { values?: string; says?: string } }>(
    '/conversations/:cid',
    async (request, reply) => {
      const { cid: conversationId } = request.params;
      const conversation = registry.get(conversationId);
      const intents = outbox.of(conversationId);
      const journalled = journal.of(conversationId);
      if (conversation === undefined && intents.length === 0 && journalled === undefined) {
        return reply
          .code(404)
          .send(refusal('there is no such conversation, or it is forgotten', 'check the id, or conversations.forgetAfter', 'cid'));
      }
      const story = storyOf({
        conversationId,
        conversation,
        owner: instance,
        intents,
        journalled,
        pipelines: pipelines(conversationId),
        values: valuesAsked(request.query, log),
      });
      return request.query.says === 'true' ? { ...story, journal: story.journal.map(said) } : story;
    },
  );
}

/** An entry with its words beside it: for who has none of their own, as the status page. */
function said(entry: StoryEntry): StoryEntry {
  const { words, style } = inWords(entry);
  return { ...entry, says: words, style };
}

/** Whether values are shown: to who asks for them (a token or the socket's rights let him in), or to all by `log.values`. */
export function valuesAsked({ values }: { values?: string }, log: Pick<Log, 'values'>): boolean {
  return values === 'true' || log.values;
}
