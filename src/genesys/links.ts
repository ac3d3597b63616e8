import { AttributedError, messageOf } from '../base/errors.js';
import { countChannels, createChannel, mostChannels, shown, type Channel } from './channel.js';
import { lifeOf, type ChannelLife } from './channel-life.js';
import type { NotificationEvent } from './frames.js';
import { Link, type LinkDeps } from './link.js';
import { Overlap } from './overlap.js';
import type { RestClient } from './rest.js';
import type { TokenSource } from './token.js';

export interface LinksDeps extends Omit<LinkDeps, 'silenceTimeout' | 'onEvent' | 'onFrame' | 'onGap' | 'onRotate'> {
  rest: RestClient;
  token: TokenSource;
  settings: { silenceTimeout: number };
  /** Each event once, whichever channels tell of it. */
  onEvent: (event: NotificationEvent) => void;
  /** The machine slept. */
  onGap: (link: Link) => void;
  /** The platform will close the socket: a new channel should be there before. */
  onClosing: (link: Link) => void;
}

/** Makes the channels of one shard and the links on them: one, and two while one takes the other's place. */
export class Links {
  /** Frames that came, whatever was in them. */
  frames = 0;
  readonly #deps: LinksDeps;
  readonly #links = new Set<Link>();
  readonly #overlap = new Overlap<Link>();

  constructor(deps: LinksDeps) {
    this.#deps = deps;
  }

  /** Makes a channel. Throws what the REST client throws. */
  async make(): Promise<{ channel: Channel; life: ChannelLife }> {
    const { rest, token, clock, log } = this.#deps;
    const before = token.expiresAt;
    const channel = await createChannel(rest);
    // if the token was renewed meanwhile, the channel may be the older one's
    const tokenEnds = before === undefined ? token.expiresAt : Math.min(before, token.expiresAt ?? before);
    log.info('channel.created', 'a notification channel was made', { channel: shown(channel), expires: channel.expires });
    return { channel, life: lifeOf({ expires: channel.expires, tokenEnds }, { now: clock.now(), wall: clock.wall() }) };
  }

  /** The settings have changed: they count for sockets that are open too. */
  configure(): void {
    for (const { socket } of this.#links) socket.configure(this.#deps.settings);
  }

  /** Opens a socket on a channel. */
  open(channel: Channel): Link {
    const { clock, settings, onEvent, onGap, onClosing } = this.#deps;
    const link: Link = new Link(
      {
        ...this.#deps,
        silenceTimeout: settings.silenceTimeout,
        onFrame: () => {
          this.frames += 1;
        },
        onEvent: (event) => {
          const others = this.#links.size === 1 ? [] : [...this.#links].filter((other) => other !== link);
          if (this.#overlap.isFirst(event, link, others, clock.now())) onEvent(event);
        },
        onGap: () => {
          onGap(link);
        },
        onRotate: () => {
          onClosing(link);
        },
      },
      channel,
    );
    this.#links.add(link);
    void link.ended.then(() => this.#links.delete(link));
    return link;
  }

  /** Resolves with `what`; throws `NoChannel` if the link ends before or it takes too long (ms). */
  async within(ms: number, link: Link, what: Promise<unknown>): Promise<void> {
    const abort = new AbortController();
    const late = this.#deps.deadlines.pause(ms, abort.signal).then(() => 'it took too long');
    const over = link.ended.then((end) => (end === 'stopped' ? 'it was stopped' : end.reason));
    const problem = await Promise.race([what.then(() => undefined), over, late]);
    abort.abort();
    if (problem !== undefined) throw new NoChannel(problem);
  }

  /** Tells that another client of the same OAuth client took a channel's place. */
  tellEvicted(channel: string, channels?: number): void {
    this.#deps.log.error(
      'channel.evicted',
      'another client uses this OAuth client’s channels: the platform keeps 20 and took this one; give each program an OAuth client of its own',
      { channel, channels },
    );
  }

  /** A channel was gone before its time: tells so if the OAuth client has as many as it can have. */
  async tellIfCrowded(channel: string): Promise<void> {
    try {
      const channels = await countChannels(this.#deps.rest);
      if (channels >= mostChannels) this.tellEvicted(channel, channels);
    } catch (error) {
      this.#deps.log.debug('channel.uncounted', 'the channels of the OAuth client could not be counted', { error: messageOf(error) });
    }
  }

  closeAll(): void {
    for (const link of this.#links) link.close();
  }
}

/** A channel that was made did not come to life. */
class NoChannel extends AttributedError {
  readonly code = 'channel.unusable';
  readonly retry = 'after';

  constructor(reason: string) {
    super(`the new channel did not come to life: ${reason}`);
  }
}
