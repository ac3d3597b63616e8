import type { Clock } from '../base/clock.js';
import { deferred, type Deferred } from '../base/deferred.js';
import type { Deadlines } from '../base/deadlines.js';
import type { Log } from '../observe/log.js';
import type { Agents } from './agents.js';
import { shown, type Channel, type TopicState } from './channel.js';
import { lifeOf, type ChannelLife } from './channel-life.js';
import { CredentialsRefused } from './errors.js';
import { EventGaps } from './event-gaps.js';
import type { BodyReader } from './frame-bytes.js';
import type { NotificationEvent } from './frames.js';
import type { Link } from './link.js';
import { Links } from './links.js';
import type { RestClient } from './rest.js';
import { isChannelLost, Setbacks } from './setbacks.js';
import type { Closed } from './socket.js';
import { Subscriptions } from './subscriptions.js';
import type { TokenSource } from './token.js';
import { Vigil, type RotationReason } from './vigil.js';

/** What the platform tells, in the order in which it is known. */
export type Signal =
  | { kind: 'event'; event: NotificationEvent }
  /**
   * Events may have been missed: all that is known counts as stale until it is read again. `since` is when it was last
   * sure that none was (clock's ms), undefined at the start; `over` tells whether events come again.
   */
  | { kind: 'gap'; since: number | undefined; over: boolean };

/** A connection that lasted so long, in ms, starts the back-off anew. */
const healthyAfter = 60_000;

/** A new channel must be open, and its first frame there, within this time while the old one still works, in ms. */
const takeOverWithin = 30_000;

/** The old channel is listened to so long after the new one is there, in ms: events take 20–150 ms, and more on a bad day. */
const linger = 2_000;

/** What a channel is told that a 21st one of the OAuth client took the place of. */
const evicted = 'v2.system.no_longer_subscribed';

/** A change of topics that failed is tried again as after so many failures. */
const changeRetries = 3;

export type ShardState =
  | { at: 'idle' }
  | { at: 'connecting' }
  | { at: 'subscribing'; link: Link }
  | { at: 'open'; link: Link }
  | { at: 'waiting'; until: number }
  | { at: 'stopped' };

/** A channel, and where its connection is; times in ms from now. */
export interface ChannelFigures {
  /** A digest of its id, as in the log. */
  channel: string | undefined;
  state: ShardState['at'];
  /** Topics that the platform permits. */
  topics: number;
  lastFrameMs?: number;
  lastEventMs?: number;
  retryInMs?: number;
}

export interface ShardSettings {
  /** Milliseconds. */
  silenceTimeout: number;
  /** Milliseconds. */
  rotateBefore: number;
}

export interface ShardDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  rest: RestClient;
  token: TokenSource;
  agents: Agents;
  /** Read anew whenever they matter. */
  settings: ShardSettings;
  onSignal: (signal: Signal) => void;
  onText?: ((text: string, channel: Channel) => void) | undefined;
  readBody?: BodyReader | undefined;
  onRotated?: ((reason: RotationReason) => void) | undefined;
}

/** A share of the topics, and the channel that tells of them: kept connected, subscribed, and replaced before it ends. */
export class Shard {
  state: ShardState = { at: 'idle' };
  readonly #deps: ShardDeps;
  readonly #subscriptions: Subscriptions;
  readonly #stop = new AbortController();
  readonly #gaps: EventGaps;
  readonly #links: Links;
  #channel: Channel | undefined;
  #life: ChannelLife | undefined;
  #vigil: Vigil | undefined;
  #rotation: Deferred<RotationReason> = deferred();
  /** How often a new channel was wished for: one that is being made meanwhile is none of those. */
  #wished = 0;
  readonly #setbacks: Setbacks;
  /** Whether the OAuth client was ever good for a channel. */
  #accepted = false;
  /** Whether the last channel was gone when it was connected to. */
  #vanished = false;
  /** When it was last sure that no event was missed. */
  #sureAt: number | undefined;

  constructor(deps: ShardDeps, topics: readonly string[]) {
    this.#deps = deps;
    this.#subscriptions = new Subscriptions(deps, topics);
    this.#setbacks = new Setbacks(deps);
    this.#gaps = new EventGaps(deps.clock.now(), deps.settings);
    this.#links = new Links({
      ...deps,
      onEvent: (event) => {
        this.#gaps.heard(deps.clock.now());
        deps.onSignal({ kind: 'event', event });
      },
      onGap: (link) => {
        this.#gap(link.socket.lastHeard, true);
      },
      onClosing: (link) => {
        if (this.state.at === 'open' && this.state.link === link) this.rotate('closing');
      },
    });
  }

  /** Whether a channel is connected and subscribed. */
  get connected(): boolean {
    return this.state.at === 'open' && this.state.link.open;
  }

  /** Frames that came, whatever was in them. */
  get frames(): number {
    return this.#links.frames;
  }

  /** The topics that it is there for. */
  get wanted(): readonly string[] {
    return this.#subscriptions.wanted;
  }

  /** What the platform said of them, the last time that it was asked. */
  get topics(): TopicState[] {
    return this.#subscriptions.states;
  }

  /** Wants these topics from now on: an open channel is changed without touching its socket. */
  want(topics: readonly string[]): void {
    this.#subscriptions.want(topics);
    if (this.state.at === 'open') void this.#change(this.state.link);
  }

  /** Makes a new channel, and ends the present one when that one is there. */
  rotate(reason: RotationReason): void {
    // without a link that is open the next one is on a new channel
    if (this.state.at !== 'open') this.#channel = undefined;
    this.#wished += 1;
    this.#rotation.resolve(reason);
  }

  /** Its settings have changed: they count for what is open too. */
  replan(): void {
    this.#links.configure();
    this.#vigil?.replan();
  }

  /**
   * Runs until `stop`. Rejects with `CredentialsRefused` only if the OAuth client is refused before it was ever
   * accepted; any other trouble is told and tried again.
   */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const link = await this.#establish();
        if (link === 'stopped') break;
        const { last, end } = await this.#serve(link);
        if (end === 'stopped') break;
        await this.#lost(last, end);
      } catch (error) {
        if (error instanceof CredentialsRefused && !this.#accepted) throw error;
        await this.#failed(error);
      }
    }
    this.state = { at: 'stopped' };
  }

  /** Closes the sockets and ends `run`. */
  stop(): void {
    this.#stop.abort();
    this.#vigil?.stop();
    this.#links.closeAll();
  }

  /** A link on the channel that there is, or on a new one; open and subscribed unless it ended meanwhile. */
  async #establish(): Promise<Link | 'stopped'> {
    this.state = { at: 'connecting' };
    this.#rotation = deferred();
    this.#channel ??= await this.#made();
    this.#accepted = true;
    if (this.#stop.signal.aborted) return 'stopped';
    const link = this.#links.open(this.#channel);
    if ((await Promise.race([link.opened, link.ended])) !== 'opened') return link;
    this.state = { at: 'subscribing', link };
    try {
      await this.#subscriptions.replace(link);
    } catch (error) {
      link.close();
      throw error;
    }
    // it may have ended while the topics were asked for
    if (!link.open) return link;
    this.#open(link);
    this.#gap(this.#sureAt, true);
    return link;
  }

  async #made(): Promise<Channel> {
    const wished = this.#wished;
    const { channel, life } = await this.#links.make();
    if (wished !== this.#wished) {
      // another one was wished for meanwhile: that is made now
      this.#rotation = deferred();
      return this.#made();
    }
    this.#life = life;
    if (this.#vanished) void this.#links.tellIfCrowded(shown(channel));
    this.#vanished = false;
    return channel;
  }

  /** Serves a link and those that take its place, until one ends without a successor. */
  async #serve(first: Link): Promise<{ last: Link; end: Closed | 'stopped' }> {
    for (let link = first; ;) {
      const reason = await Promise.race([link.ended.then(() => undefined), this.#rotation.promise]);
      const next = reason === undefined ? undefined : await this.#succeed(link, reason);
      if (next === undefined) return { last: link, end: await link.ended };
      link = next;
    }
  }

  /** A link on a new channel in place of `old`, which goes when the new one is there; undefined if the old one ends first. */
  async #succeed(old: Link, reason: RotationReason): Promise<Link | undefined> {
    const setbacks = new Setbacks(this.#deps);
    while (!this.#isStopped()) {
      try {
        return await this.#successor(old, reason);
      } catch (error) {
        if (this.#isStopped()) break;
        const retryInMs = setbacks.failed(error, 'no new channel in place of the present one: it is tried again');
        await Promise.race([this.#deps.deadlines.pause(retryInMs, this.#stop.signal), old.ended]);
        if (!old.open) return undefined;
      }
    }
    return undefined;
  }

  async #successor(old: Link, reason: RotationReason): Promise<Link> {
    const { clock, token, log, onRotated } = this.#deps;
    const started = clock.now();
    const wished = this.#wished;
    await token.replace(this.#life?.tokenEnds);
    const { channel, life } = await this.#links.make();
    const link = this.#links.open(channel);
    try {
      await this.#links.within(takeOverWithin, link, link.opened);
      await this.#subscriptions.replace(link);
      await this.#links.within(takeOverWithin, link, link.heard);
    } catch (error) {
      link.close();
      throw error;
    }
    const missed = reason === 'stalled' || !old.open;
    const since = reason === 'stalled' ? old.lastEvent : old.socket.lastHeard;
    this.#channel = channel;
    this.#life = life;
    log.info('channel.rotated', 'a new channel has taken the place of the old one', {
      channel: link.shown,
      old: old.shown,
      reason,
      tookMs: Math.round(clock.now() - started),
    });
    this.#rotation = deferred();
    this.#open(link);
    void this.#leave(old);
    onRotated?.(reason);
    if (missed) this.#gap(since, true);
    // what was wished for meanwhile, such as other hosts, may not have been in time for this one
    if (wished !== this.#wished) this.#rotation.resolve('reload');
    return link;
  }

  /** Closes the old link when what was sent before the new one was subscribed has come over it. */
  async #leave(old: Link): Promise<void> {
    await this.#deps.deadlines.pause(linger, this.#stop.signal);
    old.close();
  }

  /** Opens the watch over a link. */
  #open(link: Link): void {
    this.state = { at: 'open', link };
    const { clock } = this.#deps;
    this.#vigil?.stop();
    this.#vigil = new Vigil(
      {
        ...this.#deps,
        subscriptions: this.#subscriptions,
        gaps: this.#gaps,
        onRotate: (reason) => {
          this.rotate(reason);
        },
        onGap: () => {
          this.#gap(link.lastEvent, true);
        },
      },
      link,
      this.#life ?? lifeOf({ expires: undefined, tokenEnds: undefined }, { now: clock.now(), wall: clock.wall() }),
    );
    // what was wanted while it subscribed
    void this.#change(link);
  }

  async #change(link: Link): Promise<void> {
    try {
      await this.#subscriptions.change(link);
    } catch (error) {
      if (link.socket.state !== 'open') return;
      const retryInMs = new Setbacks(this.#deps, changeRetries).failed(error, 'the topics could not be changed: it is tried again');
      await this.#deps.deadlines.pause(retryInMs, this.#stop.signal);
      if (link.open) void this.#change(link);
    }
  }

  #gap(since: number | undefined, over: boolean): void {
    this.#sureAt = over ? undefined : since;
    this.#gaps.skip(this.#deps.clock.now());
    this.#deps.onSignal({ kind: 'gap', since, over });
  }

  async #lost(link: Link, { how, code, reason, decision }: Closed): Promise<void> {
    const { log, settings } = this.#deps;
    if (link.openedAt !== undefined && this.#deps.clock.now() - link.openedAt >= healthyAfter) this.#setbacks.over();
    if (decision === 'new-channel') this.#channel = undefined;
    this.#vigil?.stop();
    this.#gap(this.#sureAt ?? (link.openedAt === undefined ? undefined : link.socket.lastHeard), false);
    const retryInMs = this.#setbacks.next();
    const fields = { channel: link.shown, closeCode: code, reason: reason.replaceAll(link.channel.id, '…'), retryInMs };
    if (how === 'silent')
      log.warn('channel.silent', 'the socket is taken for dead', { channel: link.shown, silentMs: settings.silenceTimeout });
    log.warn('channel.lost', 'the socket is gone: what was known counts as stale until it is read again', fields);
    if (reason === evicted) this.#links.tellEvicted(link.shown);
    // an eviction while the socket was down is only seen by the channel being gone
    if (how === 'refused' && decision === 'new-channel') this.#vanished = true;
    await this.#pause(retryInMs);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (isChannelLost(error, this.topics.length > 0)) this.#channel = undefined;
    await this.#pause(this.#setbacks.failed(error, 'no channel: it is tried again'));
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #pause(ms: number): Promise<void> {
    this.state = { at: 'waiting', until: this.#deps.clock.now() + ms };
    await this.#deps.deadlines.pause(ms, this.#stop.signal);
  }

  /** The channel, and where its connection is. */
  get figures(): ChannelFigures {
    // one whose socket ended while its successor is on its way is not open
    const state: ShardState = this.state.at === 'open' && !this.connected ? { at: 'connecting' } : this.state;
    const now = this.#deps.clock.now();
    const since = (time: number): number => Math.round(now - time);
    return {
      channel: this.#channel === undefined ? undefined : shown(this.#channel),
      state: state.at,
      topics: this.topics.filter(({ permitted }) => permitted).length,
      ...(state.at === 'open' ? { lastFrameMs: since(state.link.socket.lastHeard), lastEventMs: since(state.link.lastEvent) } : {}),
      ...(state.at === 'waiting' ? { retryInMs: Math.max(0, Math.round(state.until - now)) } : {}),
    };
  }
}
