import type { WebSocket } from 'ws';
import type { Clock } from '../../base/clock.js';
import type { Random } from '../random.js';
import { ApiError, badRequest, forbidden, notFound } from './errors.js';
import { permits, type OAuth, type SimClient, type SimToken } from './oauth.js';
import { tooMany } from './rate-limit.js';
import { expand, permissionOf } from './topics.js';

/** Limits of the platform (genesys-cloud.md §2). */
const mostChannels = 20;
const mostTopics = 1_000;
const longestTopic = 200;
const channelLife = 24 * 3_600_000;
/** So many creations within this time, in ms, meet a 429. */
const burstOfCreations = { count: 15, within: 1_000 };

export interface SimChannel {
  readonly id: string;
  readonly token: SimToken;
  topics: string[];
  /** What is delivered: combined topics under their expanded names. */
  delivered: Set<string>;
  expiresAt: number;
  lastUse: number;
  socket: WebSocket | undefined;
}

/** What a connected channel is told when it is taken away (genesys-cloud.md §3). */
export interface Removal {
  topic: 'no_longer_subscribed' | 'token_revoked';
  reason: string;
}

/** How one topic of a request fared. */
interface TopicEntity {
  id: string;
  state: 'Permitted' | 'Rejected';
  rejectionReason?: string;
  missingPermissions?: string[];
}

/** The notification channels of the org. */
export class Channels {
  readonly #deps: { clock: Clock; random: Random; oauth: OAuth };
  readonly #channels = new Map<string, SimChannel>();
  readonly #creations: number[] = [];
  /** Called for each channel that is taken away; without an event, it has outlived itself. */
  onRemoved: (channel: SimChannel, event: Removal | undefined) => void = () => undefined;

  constructor(deps: { clock: Clock; random: Random; oauth: OAuth }) {
    this.#deps = deps;
    deps.oauth.onRevoked = () => {
      this.sweep({ topic: 'token_revoked', reason: 'user_tokens_revoked' });
    };
  }

  /** Channels that are alive. */
  all(): SimChannel[] {
    return [...this.#channels.values()].filter((channel) => this.#isAlive(channel));
  }

  /** Makes a channel. The 21st of a client removes another one: an unconnected one, else the longest unused. */
  create(token: SimToken): SimChannel {
    const { clock, random } = this.#deps;
    const now = clock.now();
    const recent = this.#creations.filter((at) => now - at < burstOfCreations.within);
    if (recent.length >= burstOfCreations.count) throw tooMany(2);
    this.#creations.splice(0, this.#creations.length, ...recent, now);
    const own = this.all().filter((channel) => channel.token.client === token.client);
    if (own.length >= mostChannels)
      this.#remove(own.sort((a, b) => Number(a.socket !== undefined) - Number(b.socket !== undefined) || a.lastUse - b.lastUse)[0], {
        topic: 'no_longer_subscribed',
        reason: 'another_channel_subscribed',
      });
    const channel: SimChannel = {
      id: `streaming-${random.uuid()}`,
      token,
      topics: [],
      delivered: new Set(),
      expiresAt: now + channelLife,
      lastUse: now,
      socket: undefined,
    };
    this.#channels.set(channel.id, channel);
    return channel;
  }

  /** Throws 404 for one that is gone. */
  get(id: string): SimChannel {
    const channel = this.#channels.get(id);
    if (channel === undefined || !this.#isAlive(channel)) throw notFound('channel');
    channel.lastUse = this.#deps.clock.now();
    return channel;
  }

  find(id: string): SimChannel | undefined {
    const channel = this.#channels.get(id);
    return channel !== undefined && this.#isAlive(channel) ? channel : undefined;
  }

  /** Takes away the channels whose time, or whose token's, is over. */
  sweep(event?: Removal): void {
    for (const channel of this.#channels.values()) if (!this.#isAlive(channel)) this.#remove(channel, event);
  }

  /** Loses a channel while its socket stays open and nobody is told: the next subscription over it is answered with "404". */
  forget({ id }: SimChannel): void {
    this.#channels.delete(id);
  }

  /** When it ends: with its own life or its token's. */
  expires({ expiresAt, token }: SimChannel): number {
    return Math.min(expiresAt, token.expiresAt);
  }

  /**
   * Sets (`replace`) or adds topics, and renews the channel. With `ignoreErrors` each topic is judged by itself, without
   * it one bad topic makes the whole request fail.
   */
  subscribe(channel: SimChannel, topics: readonly string[], how: 'replace' | 'add', ignoreErrors: boolean): TopicEntity[] {
    const before = how === 'replace' ? [] : channel.topics;
    const judged = topics.flatMap((topic) => judge(topic, channel.token, ignoreErrors));
    const permitted = judged.filter(({ state }) => state === 'Permitted').map(({ id }) => id);
    const next = [...new Set([...before, ...permitted])];
    if (next.length > mostTopics)
      throw badRequest(`At most ${mostTopics} topics a channel`, 'notification.subscription.too.many.subscriptions');
    this.#setTopics(channel, next);
    return judged;
  }

  unsubscribe(channel: SimChannel, topics: readonly string[]): void {
    const gone = new Set(topics);
    this.#setTopics(
      channel,
      channel.topics.filter((topic) => !gone.has(topic)),
    );
  }

  #setTopics(channel: SimChannel, topics: string[]): void {
    const now = this.#deps.clock.now();
    channel.topics = topics;
    channel.delivered = new Set(topics.flatMap(expand).filter((topic) => permits(channel.token.client, permissionOf(topic) ?? '')));
    channel.expiresAt = now + channelLife;
    channel.lastUse = now;
  }

  #isAlive(channel: SimChannel): boolean {
    return channel.expiresAt > this.#deps.clock.now() && this.#deps.oauth.isValid(channel.token);
  }

  #remove(channel: SimChannel | undefined, event: Removal | undefined): void {
    if (channel === undefined) return;
    this.#channels.delete(channel.id);
    this.onRemoved(channel, event);
  }
}

/**
 * How a topic of a request fares. Of a combined one some parts may be forbidden: it is permitted, and each such part is told
 * beside it as rejected (vendor's streaming client, notifications.js, bulkSubscribe).
 */
function judge(topic: string, { client }: SimToken, ignoreErrors: boolean): TopicEntity[] {
  const parts = topic.length > longestTopic ? [] : expand(topic);
  if (parts.length === 0 || parts.some((part) => permissionOf(part) === undefined)) {
    if (!ignoreErrors) throw new ApiError(400, 'notification.invalid.topic', `${topic} is not a valid topic`);
    return [{ id: topic, state: 'Rejected', rejectionReason: 'notification.invalid.topic' }];
  }
  const rejected = parts.filter((part) => missingFor(part, client).length > 0);
  if (rejected.length === 0) return [{ id: topic, state: 'Permitted' }];
  const reject = (id: string, names: string[]): TopicEntity => ({
    id,
    state: 'Rejected',
    rejectionReason: 'missing.permissions',
    missingPermissions: names,
  });
  const missing = [...new Set(rejected.flatMap((part) => missingFor(part, client)))];
  if (!ignoreErrors) throw forbidden(missing.join(', '));
  if (rejected.length === parts.length) return [reject(topic, missing)];
  return [{ id: topic, state: 'Permitted' }, ...rejected.map((part) => reject(part, missingFor(part, client)))];
}

function missingFor(topic: string, client: SimClient): string[] {
  return [permissionOf(topic) ?? ''].filter((permission) => !permits(client, permission));
}
