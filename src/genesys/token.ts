import type { Clock } from '../base/clock.js';
import type { Log } from '../observe/log.js';
import { z } from 'zod';
import { spend, type Budget } from './budget.js';
import { CredentialsRefused, Refused } from './errors.js';
import type { Answer } from './answer.js';
import type { HttpRequest } from './http.js';
import { platformClaim } from './scheduler.js';

const tokenBody = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** A token is renewed when so much of its life is over; no minimum of that life is assumed (design.md §6). */
const renewAfter = 0.8;

export interface TokenSettings {
  loginUrl: string;
  clientId: string;
  timeout: number;
}

export interface TokenDeps extends TokenSettings {
  clock: Clock;
  log: Log;
  budget: Budget;
  exchange: (request: HttpRequest) => Promise<Answer>;
  /** Asked at each renewal, as the file may have changed. */
  clientSecret: () => string;
}

interface Token {
  value: string;
  renewAt: number;
  expiresAt: number;
}

/** The access token of the client credentials grant: renewed before it expires, by one call however many ask. */
export class TokenSource {
  readonly #deps: TokenDeps;
  #token: Token | undefined;
  #renewal: Promise<Token> | undefined;
  /** Whether the OAuth client was refused when a token was last asked for. */
  refusedLast = false;

  constructor(deps: TokenDeps) {
    this.#deps = { ...deps };
  }

  /** Counts from the next renewal on; the present token stays, see `forget`. */
  configure(settings: TokenSettings): void {
    Object.assign(this.#deps, settings);
  }

  /** The present token is handed out no more, nor one that is being fetched but to those who wait for it. */
  forget(): void {
    this.#token = undefined;
    this.#renewal = undefined;
  }

  /** The present token if it needs no renewal; for callers that must not wait. */
  get current(): string | undefined {
    return this.#token !== undefined && this.#deps.clock.now() < this.#token.renewAt ? this.#token.value : undefined;
  }

  /**
   * A token that is good now. Past its renewal time but not expired, the old one is returned while a new one is fetched.
   * Throws `CredentialsRefused` if the OAuth client is not accepted, else `NoAnswer` or `Refused`.
   */
  async get(): Promise<string> {
    const token = this.#token;
    const now = this.#deps.clock.now();
    if (token !== undefined && now < token.expiresAt) {
      if (now >= token.renewAt) {
        // half of what is left is waited before the next try, so that a failing login host is not asked at every call
        token.renewAt = now + (token.expiresAt - now) / 2;
        this.#renew().catch(() => undefined);
      }
      return token.value;
    }
    return (await this.#renew()).value;
  }

  /** When the present token expires (clock's ms); undefined without one. */
  get expiresAt(): number | undefined {
    return this.#token?.expiresAt;
  }

  /** Sees to it that the present token is another one than that which expires at `expiresAt`. Throws like `get`. */
  async replace(expiresAt: number | undefined): Promise<void> {
    if (this.#token === undefined || this.#token.expiresAt === expiresAt) await this.#renew();
  }

  /** Tells that the platform refused `value` (401): it is not handed out again. */
  refused(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }

  #renew(): Promise<Token> {
    if (this.#renewal !== undefined) return this.#renewal;
    const renewal = this.#fetch()
      .then((token) => {
        if (this.#renewal === renewal) this.#token = token;
        return token;
      })
      .finally(() => {
        if (this.#renewal === renewal) this.#renewal = undefined;
      });
    this.#renewal = renewal;
    return renewal;
  }

  async #fetch(): Promise<Token> {
    const { clock, log, budget, exchange, loginUrl, clientId, clientSecret, timeout } = this.#deps;
    // before the leave is taken: the file may be unreadable
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret()}`).toString('base64')}`;
    const [leave] = await budget.grant(1, platformClaim);
    const asked = clock.now();
    const answer = await spend(leave, () =>
      exchange({
        method: 'POST',
        url: `${loginUrl}/oauth/token`,
        timeout,
        headers: {
          authorization,
          'content-type': 'application/x-www-form-urlencoded',
        },
        compose: () => ({ body: 'grant_type=client_credentials' }),
      }),
    );
    budget.learn(answer.status, answer.headers);
    this.refusedLast = [400, 401, 403].includes(answer.status);
    if (this.refusedLast) {
      const { status, code, correlationId } = answer;
      log.error('auth.refused', 'the OAuth client was refused: check genesys.clientId, the secret file and the region', {
        status,
        code,
        correlationId,
      });
      throw new CredentialsRefused(answer);
    }
    const body = tokenBody.safeParse(answer.body);
    if (answer.status !== 200 || !body.success) throw new Refused('POST /oauth/token', answer);
    const lifetime = body.data.expires_in * 1000;
    log.info('auth.token', 'a token was granted', { expiresInSeconds: body.data.expires_in, correlationId: answer.correlationId });
    return { value: body.data.access_token, renewAt: asked + lifetime * renewAfter, expiresAt: asked + lifetime };
  }
}
