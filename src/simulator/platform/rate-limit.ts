import type { Clock } from '../../base/clock.js';
import { ApiError } from './errors.js';
import type { SimToken } from './oauth.js';

/** Fixed windows of a minute per token (genesys-cloud.md §7). */
const windowLength = 60_000;

/** Counts a call of a token; returns the headers that each answer carries. Throws 429 when the minute is used up. */
export function countCall({ window }: Pick<SimToken, 'window'>, allowed: number, clock: Clock): Record<string, string> {
  const now = clock.now();
  if (now >= window.endsAt) Object.assign(window, { endsAt: now + windowLength, count: 0 });
  window.count += 1;
  const reset = Math.ceil((window.endsAt - now) / 1000);
  const headers = {
    'inin-ratelimit-count': String(window.count),
    'inin-ratelimit-allowed': String(allowed),
    'inin-ratelimit-reset': String(reset),
  };
  if (window.count > allowed) throw tooMany(reset, headers);
  return headers;
}

export function tooMany(seconds: number, headers: Record<string, string> = {}): ApiError {
  return new ApiError(429, 'too.many.requests.retry.after', `Rate limit exceeded the maximum. Retry the request in [${seconds}] seconds`, {
    headers: { ...headers, 'retry-after': String(seconds) },
  });
}
