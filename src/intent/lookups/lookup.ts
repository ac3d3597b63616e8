import jsonata from 'jsonata';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { AttributedError, messageOf, type Retry } from '../../base/errors.js';
import { templateParts } from '../../config/expressions.js';
import type { LookupConfig } from '../../config/schema.js';
import type { Answer } from '../../genesys/answer.js';
import type { Metrics } from '../../observe/metrics.js';
import type { HttpRequest } from '../../genesys/http.js';

/** What a lookup said of a key: its answer, or that nothing is known of it (404, 204). */
export type LookupAnswer = { found: true; value: unknown } | { found: false };

/** Requests of one lookup at the same time (design.md §3). */
const mostAtOnce = 16;

/** A lookup that gave no answer. */
export class LookupFailed extends AttributedError {
  readonly code = 'lookup.failed';
  readonly retry: Retry;
  readonly status: number | undefined;

  constructor(message: string, retry: Retry, status?: number) {
    super(message);
    this.retry = retry;
    this.status = status;
  }
}

export interface LookupDeps {
  exchange: (request: HttpRequest) => Promise<Answer>;
  clock: { now(): number };
  /** Headers of each request, read from `headersFile`. */
  headers: Readonly<Record<string, string>>;
  metrics: Pick<Metrics, 'observe'>;
}

/** A lookup over HTTP: one request for a key at a time, its answer kept, and used while it is being renewed. */
export class Lookup {
  readonly name: string;
  readonly #parts: ({ text: string } | { expression: jsonata.Expression })[];
  readonly #cache: LRUCache<string, LookupAnswer>;

  constructor(name: string, config: LookupConfig, { exchange, clock, headers, metrics }: LookupDeps) {
    this.name = name;
    const ask = async (url: string): Promise<LookupAnswer> => {
      const started = clock.now();
      try {
        return answerOf(name, await exchange({ method: 'GET', url, timeout: config.timeout, headers }));
      } finally {
        metrics.observe('lookup_seconds', (clock.now() - started) / 1000, name);
      }
    };
    this.#parts = templateParts(config.url).map((part) => ('text' in part ? part : { expression: jsonata(part.expression) }));
    const limit = pLimit(mostAtOnce);
    this.#cache = new LRUCache<string, LookupAnswer>({
      max: config.cache.max,
      ttl: config.cache.ttl,
      perf: { now: () => clock.now() },
      ttlResolution: 0,
      allowStale: true,
      noDeleteOnFetchRejection: true,
      // a key that others push out of the cache while it is asked for still gets its answer
      ignoreFetchAbort: true,
      fetchMethod: (url) => limit(() => ask(url)),
    });
  }

  /**
   * The URL to ask, its expressions evaluated over `scope` and URL-encoded; undefined if one of them is undefined.
   * Throws what JSONata throws.
   */
  async url(scope: unknown): Promise<string | undefined> {
    const texts = await Promise.all(
      this.#parts.map(async (part) => ('text' in part ? part.text : encode(await part.expression.evaluate(scope)))),
    );
    return texts.includes(undefined) ? undefined : texts.join('');
  }

  /** Whether the answer for a URL is at hand. */
  has(url: string): boolean {
    return this.#cache.has(url);
  }

  /** Throws `LookupFailed`, whose `retry` says whether another try makes sense. */
  async ask(url: string): Promise<LookupAnswer> {
    try {
      return await this.#cache.forceFetch(url);
    } catch (error) {
      if (error instanceof LookupFailed) throw error;
      throw new LookupFailed(`lookup ${this.name}: ${messageOf(error)}`, 'after');
    }
  }
}

function answerOf(name: string, { status, body }: Answer): LookupAnswer {
  if (status === 404 || status === 204) return { found: false };
  if (status >= 200 && status < 300) return { found: true, value: body };
  const retry = status >= 500 || status === 429 ? 'after' : 'never';
  throw new LookupFailed(
    `lookup ${name}: answered with status ${status}${retry === 'never' ? ', it is not tried again' : ''}`,
    retry,
    status,
  );
}

function encode(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));
}
