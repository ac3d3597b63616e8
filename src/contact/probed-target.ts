import type { Snapshot } from '../conversation/snapshot.js';
import type { Answer } from '../genesys/answer.js';
import { judge } from '../genesys/errors.js';
import { jsonBody } from '../genesys/rest.js';
import { valueIn, type Content, type WriteTarget } from '../write/targets/target.js';
import type { Contact } from './contact.js';

/** A GET shows a write that was accepted within this time, in ms, or it is not waited for any longer. */
const patience = 10_000;

/** So long between two GETs that wait for a write, in ms: a probe has 300 requests a minute at least. */
const interval = 200;

/** What a GET of a target told. */
export interface Reading {
  answer: Answer;
  etag: string | undefined;
  /** Undefined if the body was not understood. */
  content: Content | undefined;
}

export interface ProbedTargetDeps {
  contact: Contact;
  target: WriteTarget;
  conversation: Snapshot;
  participantId: string;
}

/** One write target of one live call, as it is: a request is an answer, and nothing is tried again. */
export class ProbedTarget {
  readonly #deps: ProbedTargetDeps;

  constructor(deps: ProbedTargetDeps) {
    this.#deps = deps;
  }

  async read(): Promise<Reading> {
    const { contact, target, conversation, participantId } = this.#deps;
    const path = target.readPath(conversation.id, target.resource(participantId));
    const answer = await contact.rest.call({ method: 'GET', path });
    const content = judge(answer) === 'done' ? target.content(answer.body) : undefined;
    return { answer, etag: answer.headers['etag'], content };
  }

  /** @param read what the precondition is taken from; without it, none is sent */
  async write(values: Readonly<Record<string, string>>, read?: Reading): Promise<Answer> {
    const { contact, target, conversation, participantId } = this.#deps;
    const { method, path, body } = target.write({
      conversation,
      attributes: new Map([[participantId, values]]),
      read: read?.content,
    });
    const etag = target.precondition === 'etag' ? read?.etag : undefined;
    return contact.rest.call({
      method,
      path,
      compose: () => {
        const { headers, ...composed } = jsonBody(body);
        return { ...composed, headers: { ...headers, ...(etag === undefined ? {} : { 'if-match': etag }) } };
      },
    });
  }

  /** Reads until `holds`; resolves with the last reading, and after how many ms it held, undefined if it never did. */
  async readUntil(holds: (read: Reading) => boolean): Promise<{ read: Reading; after: number | undefined }> {
    const { clock, deadlines } = this.#deps.contact;
    const since = clock.now();
    for (;;) {
      const read = await this.read();
      const after = clock.now() - since;
      if (holds(read)) return { read, after };
      if (after > patience) return { read, after: undefined };
      await deadlines.pause(interval);
    }
  }

  /** The value of a key by a reading. */
  value({ content }: Reading, key: string): string | undefined {
    return content === undefined ? undefined : valueIn(content, this.#deps.participantId, key);
  }

  /** All attributes that a reading shows of the participant, or of the resource itself. */
  attributes({ content }: Reading): Readonly<Record<string, string>> {
    return content?.own ?? content?.participants.find(({ id }) => id === this.#deps.participantId)?.attributes ?? {};
  }
}
