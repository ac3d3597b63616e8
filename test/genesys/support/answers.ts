import type { Answer } from '../../../src/genesys/answer.js';
import type { Composed, HttpRequest } from '../../../src/genesys/http.js';
import { Withdrawn } from '../../../src/genesys/errors.js';

/** An answer of the platform; `code` is read from the body as `exchange` does. */
export function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Answer {
  const code = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' ? body.code : undefined;
  return { status, headers, body, code, correlationId: headers['inin-correlation-id'] };
}

/** Rate limit headers. */
export function limits(count: number, allowed: number, reset: number): Record<string, string> {
  return {
    'inin-ratelimit-count': String(count),
    'inin-ratelimit-allowed': String(allowed),
    'inin-ratelimit-reset': String(reset),
  };
}

export interface Sent {
  request: HttpRequest;
  composed: Composed;
}

/** Stands for `exchange`: composes each request as if its socket were connected, and answers as the test says. */
export class FakeExchange {
  readonly sent: Sent[] = [];
  reply: (request: HttpRequest, count: number) => Answer | Promise<Answer>;

  constructor(reply: (request: HttpRequest, count: number) => Answer | Promise<Answer>) {
    this.reply = reply;
  }

  readonly exchange = async (request: HttpRequest): Promise<Answer> => {
    const composed = request.compose === undefined ? {} : request.compose();
    if (composed === undefined) throw new Withdrawn();
    this.sent.push({ request, composed });
    return this.reply(request, this.sent.length);
  };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}
