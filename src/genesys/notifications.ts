import { Subject, type Observable } from 'rxjs';
import { fullJitter } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import type { Agents } from './agents.js';
import { createChannel, shown, subscribe, type Channel, type TopicState } from './channel.js';
import { answerFields, CredentialsRefused, Refused, type Verdict } from './errors.js';
import type { Frame, NotificationEvent } from './frames.js';
import type { RestClient } from './rest.js';
import { ChannelSocket, type Closed } from './socket.js';

/** What the platform tells, in the order in which it is known. */
export type Signal =
  | { kind: 'event'; event: NotificationEvent }
  /** Events may have been missed: all that is known counts as stale until it is read again. */
  | { kind: 'gap' };

/** Reconnecting: first try within 500 ms, then doubling to 30 s, always drawn from the whole range (design.md §6). */
const backoff = { base: 500, cap: 30_000 };

/** A connection that lasted so long, in ms, starts the back-off anew. */
const healthyAfter = 60_000;

export type ConnectionState =
  | { at: 'idle' }
  | { at: 'connecting' }
  | { at: 'subscribing'; socket: ChannelSocket }
  | { at: 'open'; socket: ChannelSocket }
  | { at: 'waiting'; until: number }
  | { at: 'stopped' };

export interface NotificationsDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  rest: RestClient;
  agents: Agents;
  topics: readonly string[];
  /** Milliseconds. */
  silenceTimeout: number;
  /** Sees each text of a channel before it is decoded. */
  onText?: (text: string, channel: Channel) => void;
}

/** Keeps one channel connected and subscribed, and tells what comes over it and when something may be missing. */
export class Notifications {
  readonly signals: Observable<Signal>;
  state: ConnectionState = { at: 'idle' };
  /** Frames that came, whatever was in them. */
  frames = 0;
  /** What the platform said of each topic, the last time that it was asked. */
  topics: readonly TopicState[] = [];
  readonly #deps: NotificationsDeps;
  readonly #signals = new Subject<Signal>();
  readonly #stop = new AbortController();
  #channel: Channel | undefined;
  #failures = 0;
  /** Whether the OAuth client was ever good for a channel. */
  #accepted = false;
  #end: () => void = () => undefined;

  constructor(deps: NotificationsDeps) {
    this.#deps = deps;
    this.signals = this.#signals.asObservable();
  }

  /** Whether a channel is connected, subscribed and heard of lately. */
  get connected(): boolean {
    return this.state.at === 'open';
  }

  /**
   * Runs until `stop`. Rejects with `CredentialsRefused` only if the OAuth client is refused before it was ever
   * accepted; any other trouble is told and tried again.
   */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const closed = await this.#connection();
        if (closed === 'stopped') break;
        await this.#lost(closed);
      } catch (error) {
        if (error instanceof CredentialsRefused && !this.#accepted) throw error;
        await this.#failed(error);
      }
    }
    this.state = { at: 'stopped' };
    this.#signals.complete();
  }

  /** Closes the socket and ends `run`. */
  stop(): void {
    this.#stop.abort();
    this.#end();
  }

  /** One connection from its making to its end. */
  async #connection(): Promise<Closed | 'stopped'> {
    const { clock, rest, log, topics } = this.#deps;
    this.state = { at: 'connecting' };
    const channel = (this.#channel ??= await this.#newChannel());
    this.#accepted = true;
    if (this.#stop.signal.aborted) return 'stopped';
    const started = clock.now();
    const { socket, opened, ended } = this.#openSocket(channel);
    const early = await Promise.race([opened, ended]);
    if (early !== 'open') return early;
    log.info('channel.connected', 'the socket is open', { channel: shown(channel), tookMs: Math.round(clock.now() - started) });
    this.state = { at: 'subscribing', socket };
    try {
      this.#tell(await subscribe(rest, channel, topics));
    } catch (error) {
      socket.terminate();
      throw error;
    }
    // it may have ended while the topics were asked for
    if (socket.state === 'open') {
      this.state = { at: 'open', socket };
      this.#signals.next({ kind: 'gap' });
    }
    const openedAt = clock.now();
    const end = await ended;
    if (clock.now() - openedAt >= healthyAfter) this.#failures = 0;
    return end;
  }

  async #newChannel(): Promise<Channel> {
    const channel = await createChannel(this.#deps.rest);
    this.#deps.log.info('channel.created', 'a notification channel was made', { channel: shown(channel), expires: channel.expires });
    return channel;
  }

  #openSocket(channel: Channel): { socket: ChannelSocket; opened: Promise<'open'>; ended: Promise<Closed | 'stopped'> } {
    const { clock, deadlines, agents, log, silenceTimeout, onText } = this.#deps;
    const opening = deferred<'open'>();
    const ending = deferred<Closed | 'stopped'>();
    const socket = new ChannelSocket({
      uri: channel.connectUri,
      agent: agents.for(channel.connectUri),
      clock,
      deadlines,
      silenceTimeout,
      onOpen: () => {
        opening.resolve('open');
      },
      onText:
        onText &&
        ((text) => {
          onText(text, channel);
        }),
      onFrame: (frame) => {
        this.frames += 1;
        this.#onFrame(frame, channel, socket, ending.resolve);
      },
      onInvalid: (error, bytes) => {
        this.frames += 1;
        log.warn('frame.invalid', 'a frame could not be understood and was dropped', { error, bytes });
      },
      onGap: () => {
        this.#signals.next({ kind: 'gap' });
      },
      onClosed: ending.resolve,
    });
    this.#end = () => {
      socket.terminate();
      ending.resolve('stopped');
    };
    return { socket, opened: opening.promise, ended: ending.promise };
  }

  #onFrame(frame: Frame, channel: Channel, socket: ChannelSocket, close: (closed: Closed) => void): void {
    if (frame.kind === 'event') {
      this.#signals.next(frame);
      return;
    }
    if (frame.kind !== 'closing') return;
    this.#deps.log.warn('channel.closing', 'the platform will close this socket', { channel: shown(channel), topic: frame.topicName });
    if (frame.channel === 'kept') return;
    socket.terminate();
    close({ how: 'closed', code: 1000, reason: frame.topicName, decision: 'new-channel' });
  }

  #tell(topics: TopicState[]): void {
    const before = new Map(this.topics.map((state) => [state.topic, state.permitted]));
    for (const { topic, permitted, reason, missingPermissions } of topics) {
      if (before.get(topic) === permitted) continue;
      if (permitted) this.#deps.log.info('topics.subscribed', 'the platform permits this topic', { topic });
      else
        this.#deps.log.warn(
          'topics.rejected',
          missingPermissions.length > 0
            ? 'the platform refuses this topic: grant the permissions to the OAuth client'
            : 'the platform refuses this topic: see the reason, and check the topic and its id',
          {
            topic,
            reason,
            missingPermissions,
          },
        );
    }
    this.topics = topics;
  }

  async #lost({ how, code, reason, decision }: Closed): Promise<void> {
    const id = this.#channel?.id;
    const channel = this.#channel === undefined ? undefined : shown(this.#channel);
    if (decision === 'new-channel') this.#channel = undefined;
    this.#signals.next({ kind: 'gap' });
    const retryInMs = this.#nextWait();
    const fields = { channel, closeCode: code, reason: id === undefined ? reason : reason.replaceAll(id, '…'), retryInMs };
    if (how === 'silent')
      this.#deps.log.warn('channel.silent', 'the socket is taken for dead', { channel, silentMs: this.#deps.silenceTimeout });
    this.#deps.log.warn('channel.lost', 'the socket is gone: what was known counts as stale until it is read again', fields);
    await this.#pause(retryInMs);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const refused = error instanceof Refused ? error : undefined;
    if (refused !== undefined && this.#isLost(refused.verdict)) this.#channel = undefined;
    const retryInMs = this.#nextWait();
    this.#deps.log.warn('channel.failed', 'no channel: it is tried again', {
      ...(refused === undefined ? {} : answerFields(refused.answer)),
      error: messageOf(error),
      retryInMs,
    });
    await this.#pause(retryInMs);
  }

  /** Whether such a refusal means that the channel is not ours any more: it dies with its token. */
  #isLost(verdict: Verdict): boolean {
    // a 400 of the first subscription is about the topics, and a new channel would meet it too
    if (verdict === 'invalid') return this.topics.length > 0;
    return verdict === 'gone' || verdict === 'forbidden' || verdict === 'credentials';
  }

  #nextWait(): number {
    const wait = Math.round(fullJitter(backoff, this.#failures, this.#deps.random));
    this.#failures += 1;
    return wait;
  }

  async #pause(ms: number): Promise<void> {
    this.state = { at: 'waiting', until: this.#deps.clock.now() + ms };
    await this.#deps.deadlines.pause(ms, this.#stop.signal);
  }

  /** The channel, and where its connection is; times in ms from now. */
  get channels(): { channel: string | undefined; state: string; lastFrameMs?: number; retryInMs?: number }[] {
    const { clock } = this.#deps;
    const { state } = this;
    const channel = this.#channel === undefined ? undefined : shown(this.#channel);
    const more = {
      ...(state.at === 'open' ? { lastFrameMs: Math.round(clock.now() - state.socket.lastHeard) } : {}),
      ...(state.at === 'waiting' ? { retryInMs: Math.max(0, Math.round(state.until - clock.now())) } : {}),
    };
    return [{ channel, state: state.at, ...more }];
  }
}
