import type { Clock } from '../base/clock.js';
import type { Conversation, ResourceId } from '../conversation/conversation.js';
import { etagOfVersion, strong } from '../conversation/newest.js';
import type { Grant } from '../genesys/budget.js';
import { judge, lossOf, Refused } from '../genesys/errors.js';
import type { Answer } from '../genesys/answer.js';
import type { Composed } from '../genesys/http.js';
import { jsonBody, type RestClient } from '../genesys/rest.js';
import type { Wish } from '../intent/intent.js';
import { attributesOf, wishesOf, type Batch } from './pending.js';
import type { WriteTarget } from './targets/target.js';

/** A write as it went to the wire. */
export interface Sent {
  etag: string;
  batch: Batch;
  wishes: Wish[];
  /** Clock's ms. */
  at: number;
  /** The conversation's order at that moment. */
  asked: number;
}

/** What came of an attempt. */
export type AttemptResult =
  | { kind: 'applied' | 'conflict'; sent: Sent; answer: Answer }
  /** Nothing had to be sent, or what it was composed from did not hold any more. */
  | { kind: 'nothing' }
  | { kind: 'failed'; error: unknown; sent: Sent | undefined };

export interface AttemptDeps {
  clock: Clock;
  rest: RestClient;
  target: WriteTarget;
}

/** What the pipeline gives to an attempt, and is told by it. */
export interface AttemptHooks {
  /** What should be sent now; asked again at the last moment. */
  batch: () => Batch;
  /** The resource was read: what stands already may be taken out. */
  onRead: () => void;
  onState: (state: { at: 'queued' | 'reading'; since: number }) => void;
  onSent: (sent: Sent) => void;
}

/**
 * One conditional write of one resource: waits for the budget, reads the resource if its ETag is not known to be the
 * newest, and takes the ETag and the values at the moment at which the request goes to the wire. Never rejects.
 */
export async function attempt(
  deps: AttemptDeps,
  conversation: Conversation,
  resource: ResourceId,
  hooks: AttemptHooks,
): Promise<AttemptResult> {
  const { clock, rest } = deps;
  const progress: { sent?: Sent } = {};
  const stale = (): boolean => conversation.precondition(resource).state === 'stale';
  hooks.onState({ at: 'queued', since: clock.now() });
  // the leave for the write is taken before the read, so that it can follow in the same turn
  const [first, second] = await rest.reserve(stale() ? 2 : 1);
  try {
    if (!stale()) return await send(deps, conversation, resource, hooks, first, undefined, progress);
    hooks.onState({ at: 'reading', since: clock.now() });
    const etag = await read(deps, conversation, resource, first);
    hooks.onRead();
    // what was read would be old when the hold ends
    if (hooks.batch().size === 0 || rest.held) return { kind: 'nothing' };
    return await send(deps, conversation, resource, hooks, second, etag, progress);
  } catch (error) {
    return { kind: 'failed', error, sent: progress.sent };
  } finally {
    first?.settle(false);
    second?.settle(false);
  }
}

/** Reads the resource; returns the ETag that it has by this read. Throws what the client throws, or `Refused` if there is none. */
async function read(
  { rest, target }: AttemptDeps,
  conversation: Conversation,
  resource: ResourceId,
  grant: Grant | undefined,
): Promise<string> {
  let asked = conversation.order;
  const path = target.readPath(conversation.id, resource);
  const answer = await rest.expect({
    method: 'GET',
    path,
    grant,
    compose: () => {
      asked = conversation.order;
      return {};
    },
  });
  const version = versionOf(answer.body);
  const etag = strong(answer.headers['etag']) ?? (version === undefined ? undefined : etagOfVersion(version));
  if (etag === undefined) {
    throw new Refused(
      `GET ${path} tells no ETag that can be compared, so write.target ${target.name} cannot be used in this org`,
      answer,
      'invalid',
    );
  }
  conversation.answered(resource, { asked, etag: answer.headers['etag'], version, accepted: true });
  for (const participant of target.told(answer.body)) conversation.tell(participant, 'whole');
  return etag;
}

async function send(
  { clock, rest, target }: AttemptDeps,
  conversation: Conversation,
  resource: ResourceId,
  hooks: AttemptHooks,
  grant: Grant | undefined,
  justRead: string | undefined,
  progress: { sent?: Sent },
): Promise<AttemptResult> {
  const compose = (): Composed | undefined => {
    const precondition = conversation.precondition(resource);
    const afterRead = justRead === undefined ? undefined : conversation.preconditionAfterRead(resource, justRead);
    const etag = precondition.state === 'fresh' ? precondition.etag : afterRead;
    const batch = hooks.batch();
    if (etag === undefined || batch.size === 0) return undefined;
    const sent = { etag, batch, wishes: wishesOf(batch), asked: conversation.order, at: clock.now() };
    progress.sent = sent;
    hooks.onSent(sent);
    const { headers, body = '' } = jsonBody(target.write(conversation.id, attributesOf(batch)).body);
    return { headers: { ...headers, 'if-match': etag }, body };
  };
  const { method, path } = target.write(conversation.id, attributesOf(hooks.batch()));
  let answer: Answer;
  try {
    answer = await rest.call({ method, path, grant, compose });
  } catch (error) {
    const loss = lossOf(error);
    if (loss === 'withdrawn') return { kind: 'nothing' };
    if (loss === 'network-unknown') conversation.doubt(resource);
    throw error;
  }
  const { sent } = progress;
  return sent === undefined ? { kind: 'nothing' } : judged(target, conversation, resource, sent, answer);
}

function judged(target: WriteTarget, conversation: Conversation, resource: ResourceId, sent: Sent, answer: Answer): AttemptResult {
  const verdict = judge(answer);
  const learn = (accepted: boolean): void => {
    const version = accepted ? versionOf(answer.body) : undefined;
    conversation.answered(resource, { asked: sent.asked, etag: answer.headers['etag'], version, sent: sent.etag, accepted });
  };
  switch (verdict) {
    case 'done':
      learn(true);
      for (const [id, attributes] of attributesOf(sent.batch)) conversation.wrote(id, attributes);
      return { kind: 'applied', sent, answer };
    case 'conflict':
    case 'precondition-required':
      learn(false);
      return { kind: 'conflict', sent, answer };
    case 'server':
      // it may have been carried out all the same
      conversation.doubt(resource);
      break;
    case 'throttled':
    case 'credentials':
    case 'forbidden':
    case 'gone':
    case 'invalid':
  }
  const disguise = verdict === 'forbidden' && answer.status !== 403 ? ' (a 403 in the clothes of another status)' : '';
  return { kind: 'failed', error: new Refused(`PATCH of ${target.name}${disguise}`, answer), sent };
}

function versionOf(body: unknown): number | undefined {
  const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : undefined;
  return typeof version === 'number' && Number.isSafeInteger(version) ? version : undefined;
}
