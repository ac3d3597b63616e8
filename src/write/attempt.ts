import type { Clock } from '../base/clock.js';
import type { Conversation, ResourceId } from '../conversation/conversation.js';
import { versionOfEtag } from '../conversation/newest.js';
import type { Grant } from '../genesys/budget.js';
import { judge, lossOf, Refused } from '../genesys/errors.js';
import type { Answer } from '../genesys/answer.js';
import type { Composed } from '../genesys/http.js';
import { jsonBody } from '../genesys/rest.js';
import type { Claim } from '../genesys/scheduler.js';
import type { Wish } from '../intent/intent.js';
import { attributesOf, wishesOf, type Batch } from './pending.js';
import { readResource, type ReadDeps, type Reading } from './read.js';
import type { Content, WriteTarget } from './targets/target.js';
import { mayWrite, type Tenure } from './tenure.js';

/** A write as it went to the wire. */
export interface Sent {
  /** The precondition: an ETag, or the version in the body; undefined where there is none. */
  etag: string | undefined;
  batch: Batch;
  wishes: Wish[];
  /** Clock's ms. */
  at: number;
  /** The conversation's order at that moment. */
  asked: number;
  /** The lease that it was begun under: its fencing token, and for how long it was sure to last, in ms; undefined without one. */
  lease: { fence: number; left: number } | undefined;
}

/** What came of an attempt. */
export type AttemptResult =
  | { kind: 'applied'; sent: Sent; answer: Answer; version: number | undefined }
  | { kind: 'conflict'; sent: Sent; answer: Answer }
  /** Nothing had to be sent, or what it was composed from did not hold any more. */
  | { kind: 'nothing' }
  /** `unknown`: it may have been carried out all the same. */
  | { kind: 'failed'; error: unknown; sent: Sent | undefined; unknown: boolean };

export interface AttemptDeps extends ReadDeps {
  clock: Clock;
  tenure: Tenure;
}

/** What the pipeline gives to an attempt, and is told by it. */
export interface AttemptHooks {
  /** What should be sent now; asked again at the last moment. */
  batch: () => Batch;
  /** What it says for itself while it waits for the budget. */
  claim: () => Claim;
  /** Whether an earlier write may have been carried out without an answer: then the resource is read first. */
  doubted: () => boolean;
  /** The resource was read: what stands already may be taken out. */
  onRead: (content: Content) => void;
  onState: (state: { at: 'queued' | 'reading'; since: number }) => void;
  onSent: (sent: Sent) => void;
}

/**
 * One write of one resource: waits for the budget, reads the resource if what the write needs to know is not known to
 * be the newest, and takes the precondition and the values at the moment at which the request goes to the wire.
 * Never rejects.
 */
export async function attempt(
  deps: AttemptDeps,
  conversation: Conversation,
  resource: ResourceId,
  hooks: AttemptHooks,
): Promise<AttemptResult> {
  const { clock, rest, target } = deps;
  const progress: { sent?: Sent } = {};
  const mustRead = (): boolean => {
    switch (target.precondition) {
      case 'etag':
        return conversation.precondition(resource).state === 'stale';
      case 'body-version':
        return true;
      case 'none':
        return hooks.doubted();
    }
  };
  hooks.onState({ at: 'queued', since: clock.now() });
  // the leave for the write is taken before the read, so that it can follow in the same turn
  const [first, second] = await rest.reserve(mustRead() ? 2 : 1, hooks.claim);
  try {
    // given up meanwhile, or held
    if (hooks.batch().size === 0) return { kind: 'nothing' };
    if (!mustRead()) return await send(deps, conversation, resource, hooks, { grant: first, reading: undefined }, progress);
    hooks.onState({ at: 'reading', since: clock.now() });
    const reading = await readResource(deps, conversation, resource, first);
    hooks.onRead(reading.content);
    // what was read would be old when the hold ends
    if (hooks.batch().size === 0 || rest.held) return { kind: 'nothing' };
    return await send(deps, conversation, resource, hooks, { grant: second, reading }, progress);
  } catch (error) {
    const loss = lossOf(error);
    if (loss === 'withdrawn') return { kind: 'nothing' };
    return { kind: 'failed', error, sent: progress.sent, unknown: loss === 'network-unknown' && progress.sent !== undefined };
  } finally {
    first?.settle(false);
    second?.settle(false);
  }
}

async function send(
  { clock, rest, target, tenure }: AttemptDeps,
  conversation: Conversation,
  resource: ResourceId,
  hooks: AttemptHooks,
  { grant, reading }: { grant: Grant | undefined; reading: Reading | undefined },
  progress: { sent?: Sent },
): Promise<AttemptResult> {
  const request = (batch: Batch): ReturnType<typeof target.write> =>
    target.write({ conversation: conversation.snapshot, attributes: attributesOf(batch), read: reading?.content });
  const precondition = (): string | undefined => {
    switch (target.precondition) {
      case 'etag': {
        const known = conversation.precondition(resource);
        if (known.state === 'fresh') return known.etag;
        return reading?.etag === undefined ? undefined : conversation.preconditionAfterRead(resource, reading.etag);
      }
      case 'body-version':
        return reading?.content.version === undefined ? undefined : String(reading.content.version);
      case 'none':
        return undefined;
    }
  };
  const compose = (): Composed | undefined => {
    const etag = precondition();
    const batch = hooks.batch();
    if ((target.precondition === 'etag' && etag === undefined) || batch.size === 0 || !mayWrite(tenure, conversation.id)) return undefined;
    const fence = tenure.fence(conversation.id);
    const lease = fence === undefined ? undefined : { fence, left: tenure.left(conversation.id) };
    const sent = { etag, batch, wishes: wishesOf(batch), asked: conversation.order, at: clock.now(), lease };
    progress.sent = sent;
    hooks.onSent(sent);
    const { headers, body = '' } = jsonBody(request(batch).body);
    return { headers: { ...headers, ...(target.precondition === 'etag' && etag !== undefined ? { 'if-match': etag } : {}) }, body };
  };
  const { method, path } = request(hooks.batch());
  let answer: Answer;
  try {
    answer = await rest.call({ method, path, grant, claim: hooks.claim, compose, timeout: tenure.writeWithin });
  } catch (error) {
    if (lossOf(error) === 'network-unknown') conversation.doubt(resource);
    throw error;
  }
  const { sent } = progress;
  return sent === undefined ? { kind: 'nothing' } : judged(target, conversation, resource, sent, answer);
}

function judged(target: WriteTarget, conversation: Conversation, resource: ResourceId, sent: Sent, answer: Answer): AttemptResult {
  const verdict = judge(answer);
  const learn = (accepted: boolean): void => {
    if (target.precondition !== 'etag') return;
    const version = accepted ? versionIn(answer.body) : undefined;
    conversation.answered(resource, { asked: sent.asked, etag: answer.headers['etag'], version, sent: sent.etag, accepted }, sent.at);
  };
  const unknown = verdict === 'server';
  switch (verdict) {
    case 'done':
      learn(true);
      if (target.holder === 'participant') for (const [id, attributes] of attributesOf(sent.batch)) conversation.wrote(id, attributes);
      else conversation.wroteElsewhere();
      return { kind: 'applied', sent, answer, version: versionOfEtag(answer.headers['etag']) };
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
  return { kind: 'failed', error: new Refused(`write of ${target.name}${disguise}`, answer), sent, unknown };
}

function versionIn(body: unknown): number | undefined {
  const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : undefined;
  return typeof version === 'number' && Number.isSafeInteger(version) ? version : undefined;
}
