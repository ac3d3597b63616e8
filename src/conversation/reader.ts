import { messageOf } from '../base/errors.js';
import { Refused } from '../genesys/errors.js';
import type { RestClient } from '../genesys/rest.js';
import type { Conversation } from './conversation.js';
import { versionOfEtag } from './newest.js';
import { normaliseConversation } from './normalise.js';
import type { Registry } from './registry.js';

/** What came of looking for a conversation. */
export type Found = { kind: 'known'; conversation: Conversation } | { kind: 'gone'; error: Refused } | { kind: 'unasked'; error: unknown };

/** Learns conversations that no event has told of, by one GET each. */
export class ConversationReader {
  readonly #deps: { rest: RestClient; registry: Registry; path: (conversationId: string) => string };
  readonly #reading = new Map<string, Promise<Found>>();

  /** @param deps.path where a conversation is read as a whole */
  constructor(deps: { rest: RestClient; registry: Registry; path: (conversationId: string) => string }) {
    this.#deps = deps;
  }

  /** The conversation if it is known, else what one GET tells of it. Never rejects. */
  find(conversationId: string): Promise<Found> {
    const conversation = this.#deps.registry.get(conversationId);
    if (conversation !== undefined) return Promise.resolve({ kind: 'known', conversation });
    const reading = this.#reading.get(conversationId) ?? this.#read(conversationId).finally(() => this.#reading.delete(conversationId));
    this.#reading.set(conversationId, reading);
    return reading;
  }

  async #read(conversationId: string): Promise<Found> {
    const { rest, registry, path } = this.#deps;
    try {
      const answer = await rest.expect({ method: 'GET', path: path(conversationId) });
      const snapshot = normaliseConversation(answer.body);
      // a torn answer, or a gateway's page in its place: another try may tell more
      if (snapshot?.id !== conversationId) throw new Refused(`GET ${path(conversationId)} tells of no such conversation`, answer, 'server');
      const version = snapshot.version ?? versionOfEtag(answer.headers['etag']);
      return { kind: 'known', conversation: registry.learn({ ...snapshot, version }) };
    } catch (error) {
      if (error instanceof Refused && error.verdict === 'gone') return { kind: 'gone', error };
      return { kind: 'unasked', error: error instanceof Error ? error : new Error(messageOf(error)) };
    }
  }
}
