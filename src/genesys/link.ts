import type { Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import type { Deadlines } from '../base/deadlines.js';
import type { Log } from '../observe/log.js';
import type { Agents } from './agents.js';
import { shown, type Channel } from './channel.js';
import type { Decision } from './close-codes.js';
import type { BodyReader } from './frame-bytes.js';
import type { Frame, NotificationEvent } from './frames.js';
import { ChannelSocket, type Closed } from './socket.js';

export interface LinkDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  agents: Agents;
  /** Milliseconds. */
  silenceTimeout: number;
  onEvent: (event: NotificationEvent, link: Link) => void;
  /** A frame came, whatever is in it. */
  onFrame: () => void;
  /** Each text as it came, before it is decoded. */
  onText?: ((text: string, channel: Channel) => void) | undefined;
  readBody?: BodyReader | undefined;
  /** The machine slept. */
  onGap: () => void;
  /** The platform will close the socket: a new channel should be there before. */
  onRotate: (link: Link) => void;
}

/** One socket on a channel, from its opening to its end. */
export class Link {
  readonly channel: Channel;
  /** The channel's name for the log. */
  readonly shown: string;
  readonly socket: ChannelSocket;
  /** When the socket was opened (clock's ms); undefined before. */
  openedAt: number | undefined;
  readonly opened: Promise<'opened'>;
  /** The first frame came. */
  readonly heard: Promise<'heard'>;
  /** How it ended; `stopped` if it was closed here. */
  readonly ended: Promise<Closed | 'stopped'>;
  /** When the last event came (clock's ms); before the first, when the socket was opened. */
  lastEvent: number;
  readonly #deps: LinkDeps;
  readonly #heard = deferred<'heard'>();
  readonly #ended = deferred<Closed | 'stopped'>();

  constructor(deps: LinkDeps, channel: Channel) {
    this.#deps = deps;
    this.channel = channel;
    this.shown = shown(channel);
    const { clock, deadlines, agents, log, silenceTimeout, onText, readBody } = deps;
    this.lastEvent = clock.now();
    const opening = deferred<'opened'>();
    this.opened = opening.promise;
    this.heard = this.#heard.promise;
    this.ended = this.#ended.promise;
    const started = clock.now();
    this.socket = new ChannelSocket({
      uri: channel.connectUri,
      agent: agents.for(channel.connectUri),
      clock,
      deadlines,
      silenceTimeout,
      onOpen: () => {
        this.openedAt = this.lastEvent = clock.now();
        log.info('channel.connected', 'the socket is open', { channel: this.shown, tookMs: Math.round(clock.now() - started) });
        opening.resolve('opened');
      },
      onText:
        onText &&
        ((text) => {
          onText(text, channel);
        }),
      readBody,
      onFrame: (frame) => {
        this.#onFrame(frame);
      },
      onInvalid: (error, bytes) => {
        deps.onFrame();
        log.warn('frame.invalid', 'a frame could not be understood and was dropped', { error, bytes });
      },
      onGap: deps.onGap,
      onClosed: this.#ended.resolve,
    });
  }

  /** Whether the socket is open. */
  get open(): boolean {
    return this.socket.state === 'open';
  }

  /** Ends it at once. */
  close(): void {
    this.socket.terminate();
    this.#ended.resolve('stopped');
  }

  /** The platform has no such channel any more. */
  gone(): void {
    this.socket.terminate();
    this.#ended.resolve({ how: 'told', reason: 'the platform has no such channel any more', decision: 'new-channel' });
  }

  #onFrame(frame: Frame): void {
    const { onFrame, onEvent, clock } = this.#deps;
    onFrame();
    this.#heard.resolve('heard');
    if (frame.kind === 'closing') this.#onClosing(frame.name, frame.decision);
    if (frame.kind !== 'event') return;
    this.lastEvent = clock.now();
    onEvent(frame.event, this);
  }

  #onClosing(name: string, decision: Decision): void {
    const topic = `v2.system.${name}`;
    this.#deps.log.warn('channel.closing', says[name] ?? 'the platform will close this socket', { channel: this.shown, topic });
    if (decision === 'rotate') {
      this.#deps.onRotate(this);
      return;
    }
    this.socket.terminate();
    this.#ended.resolve({ how: 'told', reason: topic, decision });
  }
}

const says: Readonly<Record<string, string>> = {
  no_longer_subscribed: 'another client of this OAuth client took the place of this channel',
  token_revoked: 'the token of this channel was revoked, and the channel goes with it',
};
