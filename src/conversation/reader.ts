import { messageOf } from '../base/errors.js';
import type { Answer } from '../genesys/answer.js';
import { Refused } from '../genesys/errors.js';
import type { RestClient } from '../genesys/rest.js';
import type { Conversation } from './conversation.js';
import { versionOfEtag } from './newest.js';
import { normaliseConversation } from './normalise.js';
import type { Registry } from './registry.js';
import type { Snapshot } from './snapshot.js';

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

  /**
   * Reads a conversation again that is known. `heard`: it told of itself meanwhile, which is newer; `gone`: the platform
   * knows it no more, and unless somebody needs it, it is forgotten. Never rejects.
   */
  async refresh(conversation: Conversation): Promise<'read' | 'heard' | 'gone' | 'unasked'> {
    const { registry } = this.#deps;
    const { order, writes } = conversation;
    const outcome = await this.#ask(conversation.id);
    if (outcome.kind === 'gone') {
      registry.vanished(conversation);
      return 'gone';
    }
    if (outcome.kind === 'unasked') return 'unasked';
    // what crossed an event or an own write may be from before it
    if (conversation.order !== order || conversation.writes !== writes || registry.get(conversation.id) !== conversation) return 'heard';
    registry.learn(outcome.snapshot);
    return 'read';
  }

  async #read(conversationId: string): Promise<Found> {
    const outcome = await this.#ask(conversationId);
    return outcome.kind === 'told' ? { kind: 'known', conversation: this.#deps.registry.learn(outcome.snapshot) } : outcome;
  }

  /** The version that an ETag stands for, if versions and ETags are the same here. */
  #versionOf({ headers }: Answer): number | undefined {
    return this.#deps.registry.versionsAreEtags ? versionOfEtag(headers['etag']) : undefined;
  }

  async #ask(
    conversationId: string,
  ): Promise<{ kind: 'told'; snapshot: Snapshot } | { kind: 'gone'; error: Refused } | { kind: 'unasked'; error: unknown }> {
    const { rest, path } = this.#deps;
    try {
      const answer = await rest.expect({ method: 'GET', path: path(conversationId) });
      const snapshot = normaliseConversation(answer.body);
      // a torn answer, or a gateway's page in its place: another try may tell more
      if (snapshot?.id !== conversationId) throw new Refused(`GET ${path(conversationId)} tells of no such conversation`, answer, 'server');
      return { kind: 'told', snapshot: { ...snapshot, version: snapshot.version ?? this.#versionOf(answer) } };
    } catch (error) {
      if (error instanceof Refused && error.verdict === 'gone') return { kind: 'gone', error };
      return { kind: 'unasked', error: error instanceof Error ? error : new Error(messageOf(error)) };
    }
  }
}
