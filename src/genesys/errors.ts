import { AttributedError, type Retry } from '../base/errors.js';
import type { Answer } from './answer.js';

/** Codes that mean "forbidden", whatever status they come with: a 403 can hide behind a 409 (genesys-cloud.md §6). */
const forbiddenCodes = new Set(['missing.permissions', 'not.authorized', 'missing.any.permissions', 'missing.division.permission']);

/** What an answer of the platform means for the request that it answers. */
export type Verdict =
  'done' | 'conflict' | 'precondition-required' | 'throttled' | 'credentials' | 'forbidden' | 'gone' | 'invalid' | 'server';

/** Status × body code → what it means. One table, so that a disguise is seen through in one place. */
export function judge({ status, code, body }: Answer): Verdict {
  if (status >= 200 && status < 300) return 'done';
  if (status === 403 || (status >= 400 && status < 500 && (forbiddenCodes.has(code ?? '') || tellsForbidden(body)))) return 'forbidden';
  switch (status) {
    case 401:
      return 'credentials';
    case 404:
    case 410:
      return 'gone';
    case 409:
    case 412:
      return 'conflict';
    case 428:
      return 'precondition-required';
    case 429:
      return 'throttled';
    case 408:
      return 'server';
    default:
      return status >= 400 && status < 500 ? 'invalid' : 'server';
  }
}

/** Whether a body says "forbidden" in a place that middleware uses: its status, a key of that name, or one of its `errors`. */
function tellsForbidden(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { status, code, errors } = body as { status?: unknown; code?: unknown; errors?: unknown };
  const nested = Array.isArray(errors) && errors.some(tellsForbidden);
  return status === 403 || forbiddenCodes.has(String(code)) || 'missing.permissions' in body || nested;
}

/** Base of all failures of the client. What the platform said stands in fields, so that a log line can tell it in full. */
abstract class GenesysError extends AttributedError {}

/** The platform answered, and the answer is a refusal. */
export class Refused extends GenesysError {
  readonly code = 'genesys.refused';
  readonly what: string;
  readonly verdict: Verdict;
  readonly answer: Answer;

  /**
   * @param what what was refused
   * @param verdict what the answer means, where the caller knows better than the table
   */
  constructor(what: string, answer: Answer, verdict: Verdict = judge(answer)) {
    super(`${what}: ${remedy(verdict)} (status ${answer.status}${answer.code === undefined ? '' : `, code ${answer.code}`})`);
    this.what = what;
    this.verdict = verdict;
    // a success that was not understood may hold what it grants, such as a token: that never goes into a log
    this.answer = answer.status < 300 ? { ...answer, body: undefined } : answer;
  }

  get retry(): Retry {
    return this.verdict === 'server' || this.verdict === 'throttled' ? 'after' : 'never';
  }
}

/** Whether trying the same again is of no use: a refusal for good. Refused credentials are renewed, or mended by the operator. */
export function isHopeless(error: unknown): error is Refused {
  return error instanceof Refused && error.retry === 'never' && error.verdict !== 'credentials';
}

/** No answer came. `sent` tells whether the request may have reached the platform. */
export class NoAnswer extends GenesysError {
  readonly code = 'genesys.no-answer';
  readonly retry = 'after';
  readonly sent: boolean;

  constructor(what: string, reason: string, sent: boolean) {
    super(`${what}: no answer, ${reason}${sent ? '; it may have arrived' : '; it was not sent'}`);
    this.sent = sent;
  }
}

/** The request was taken back before it went to the wire: what it was composed from no longer holds. */
export class Withdrawn extends GenesysError {
  readonly code = 'genesys.withdrawn';
  readonly retry = 'now';

  constructor() {
    super('the request was taken back before it was sent');
  }
}

/** What it means for a request that it has no answer. */
type Loss = 'network-not-sent' | 'network-unknown' | 'withdrawn';

/** What a failure that carries no answer means, as `judge` tells of one that does; undefined for any other failure. */
export function lossOf(error: unknown): Loss | undefined {
  if (error instanceof Withdrawn) return 'withdrawn';
  if (error instanceof NoAnswer) return error.sent ? 'network-unknown' : 'network-not-sent';
  return undefined;
}

/** The OAuth client was refused: no token. */
export class CredentialsRefused extends GenesysError {
  readonly code = 'genesys.credentials';
  readonly retry = 'never';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(
      `the OAuth client was refused (status ${answer.status}${answer.code === undefined ? '' : `, ${answer.code}`}): check genesys.clientId, the secret file and the region; the client needs the client credentials grant`,
    );
    this.answer = answer;
  }
}

function remedy(verdict: Verdict): string {
  switch (verdict) {
    case 'forbidden':
      return 'forbidden, grant the missing permission to the OAuth client';
    case 'gone':
      return 'not found';
    case 'throttled':
      return 'too many requests';
    case 'credentials':
      return 'the token was refused';
    case 'conflict':
    case 'precondition-required':
      return 'the resource has changed';
    case 'invalid':
      return 'the request was refused as invalid';
    case 'server':
      return 'the platform failed, it is tried again';
    case 'done':
      return 'the answer was not understood';
  }
}

/** Status, code, body and correlation id of an answer, as fields of a log line. The body is cut, as it may be long. */
export function answerFields(answer: Answer): {
  status: number;
  code?: string | undefined;
  correlationId?: string | undefined;
  body?: string | undefined;
} {
  const { status, code, correlationId } = answer;
  return { status, code, correlationId, body: excerpt(answer.body) };
}

/** Longest part of a body that goes into the log, in characters. */
const longestExcerpt = 1000;

function excerpt(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}…` : text;
}
