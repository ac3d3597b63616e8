import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import type { Random } from '../random.js';
import { ApiError, forbidden, unauthenticated, unauthorized } from './errors.js';

/** An OAuth client of the simulated org. */
export interface SimClient {
  id: string;
  secret: string;
  permissions: 'all' | readonly string[];
  /** Life of its tokens, in seconds (genesys-cloud.md §1: 300–172,800). */
  tokenSeconds: number;
}

/** A token that was granted; the platform counts calls per token. */
export interface SimToken {
  value: string;
  /** What stands for it where it may be shown. */
  digest: string;
  client: SimClient;
  expiresAt: number;
  window: { endsAt: number; count: number };
  /** Versions that this token has read last, for writes without a precondition. */
  lastRead: Map<string, number>;
}

/** Grants tokens for client credentials, and knows them again. */
export class OAuth {
  readonly #deps: { clock: Clock; random: Random; clients: readonly SimClient[] };
  readonly #tokens = new Map<string, SimToken>();
  /** Called when tokens have been revoked. */
  onRevoked: () => void = () => undefined;

  constructor(deps: { clock: Clock; random: Random; clients: readonly SimClient[] }) {
    this.#deps = deps;
  }

  /** @param authorization `Basic base64(id:secret)` */
  grant(
    authorization: string | undefined,
    grantType: string | null,
  ): { token: SimToken } | { status: number; body: Record<string, string> } {
    const refuse = (status: number, error: string, description: string): { status: number; body: Record<string, string> } => ({
      status,
      body: { error, description, error_description: description },
    });
    if (grantType !== 'client_credentials') return refuse(400, 'unsupported_grant_type', 'grant_type must be client_credentials');
    const [id, ...rest] = Buffer.from(/^Basic (.+)$/.exec(authorization ?? '')?.[1] ?? '', 'base64')
      .toString('utf8')
      .split(':');
    const client = this.#deps.clients.find((each) => each.id === id && each.secret === rest.join(':'));
    if (client === undefined) return refuse(401, 'invalid_client', 'client not found or secret wrong');
    const { clock, random } = this.#deps;
    const value = random.uuid();
    const token: SimToken = {
      value,
      digest: createHash('sha256').update(value).digest('hex').slice(0, 8),
      client,
      expiresAt: clock.now() + client.tokenSeconds * 1000,
      window: { endsAt: 0, count: 0 },
      lastRead: new Map(),
    };
    this.#tokens.set(token.value, token);
    return { token };
  }

  /** The token of a request. Throws 401. */
  authenticate(authorization: string | undefined): SimToken {
    if (authorization === undefined) throw unauthenticated();
    const token = this.#tokens.get(/^[Bb]earer (.+)$/.exec(authorization)?.[1] ?? '');
    if (token === undefined || token.expiresAt <= this.#deps.clock.now()) throw unauthorized();
    return token;
  }

  isValid(token: SimToken): boolean {
    return this.#tokens.get(token.value) === token && token.expiresAt > this.#deps.clock.now();
  }

  /** Makes one token worthless; those of the same client that were granted before or since stay good. */
  revoke({ value }: SimToken): void {
    this.#tokens.delete(value);
    this.onRevoked();
  }

  /** Makes all tokens worthless, as if an administrator had revoked them. */
  revokeAll(): void {
    this.#tokens.clear();
    this.onRevoked();
  }
}

export function permits({ permissions }: SimClient, permission: string): boolean {
  return permissions === 'all' || permissions.includes(permission);
}

/** Throws 403, or a 409 in whose body the 403 hides. */
export function requirePermission({ client }: SimToken, permission: string, disguised: boolean): void {
  if (permits(client, permission)) return;
  const error = forbidden(permission);
  throw disguised ? new ApiError(409, error.code, error.message, { params: { ...error.params } }) : error;
}
