import type { Agent } from 'node:http';
import WebSocket from 'ws';
import { messageOf } from '../base/errors.js';
import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { decideClose, decideUpgrade, type CloseDecision } from './close-codes.js';
import { connectionTrouble } from './connection-trouble.js';
import { eventOfBytes, type BodyReader } from './frame-bytes.js';
import { decodeFrame, type Frame } from './frames.js';

/** TCP, TLS and upgrade together may take so long, in ms. */
const handshakeTimeout = 10_000;

/** A frame may be so large, in bytes: events take some kB (genesys-cloud.md §4), a thousand times that is a fault. */
const maxPayload = 8 * 1024 * 1024;

/** Pings within one silence timeout, so that a lost one does not count as silence. */
const pingsPerSilence = 3;

/** The answer to a subscribe or unsubscribe frame is waited for so long, in ms. */
const replyTimeout = 10_000;

/** What a frame is answered by that gets no answer. */
const unanswered = 'none';

/** How a socket ended. */
export interface Closed {
  how: 'closed' | 'silent' | 'refused' | 'told';
  /** WebSocket close code, or the HTTP status of a refused upgrade; undefined where the server told of it beforehand. */
  code?: number;
  reason: string;
  decision: CloseDecision;
}

export interface SocketOptions {
  uri: string;
  agent: Agent;
  clock: Clock;
  deadlines: Deadlines;
  /** Milliseconds. */
  silenceTimeout: number;
  onOpen: () => void;
  /** Each text as it came, before it is understood. */
  onText?: ((text: string) => void) | undefined;
  /** What is asked of an event's body; without it each frame is made whole. */
  readBody?: BodyReader | undefined;
  onFrame: (frame: Frame) => void;
  onInvalid: (error: string, bytes: number) => void;
  /** The machine slept (wall time ran ahead of monotonic time): events may be missing. */
  onGap: () => void;
  /** Called once; nothing else is called after it. */
  onClosed: (closed: Closed) => void;
}

type State = 'connecting' | 'open' | 'closed';

/** Wall time may run so far ahead of monotonic time before it counts as a gap, in ms (design.md §1.8). */
const suspendTolerance = 1_000;

/** The WebSocket of one channel: frames in, pings out, and an end that is told exactly once. */
export class ChannelSocket {
  state: State = 'connecting';
  /** When the last frame came (clock's `now`). */
  lastHeard: number;
  readonly #options: SocketOptions;
  readonly #socket: WebSocket;
  readonly #tick: Deadline;
  /** By correlation id. */
  readonly #replies = new Map<string, (result: string) => void>();
  #asked = 0;
  #drift: number;

  constructor(options: SocketOptions) {
    this.#options = { ...options };
    const { uri, agent, clock, deadlines, silenceTimeout } = options;
    this.lastHeard = clock.now();
    this.#drift = clock.wall() - clock.now();
    // permessage-deflate costs ten times the CPU and more (design.md §6)
    this.#socket = new WebSocket(uri, { agent, perMessageDeflate: false, handshakeTimeout, maxPayload });
    this.#tick = deadlines.after(silenceTimeout / pingsPerSilence, () => {
      this.#check();
    });
    this.#socket.on('open', () => {
      this.state = 'open';
      this.lastHeard = clock.now();
      this.#ping();
      options.onOpen();
    });
    this.#socket.on('message', (data: Buffer) => {
      this.#receive(data);
    });
    this.#socket.on('unexpected-response', (request, response) => {
      const status = response.statusCode ?? 0;
      request.destroy();
      this.#end({
        how: 'refused',
        code: status,
        reason: `the upgrade was answered with status ${status}`,
        decision: decideUpgrade(status),
      });
    });
    this.#socket.on('error', (error) => {
      this.#end({ how: 'closed', code: 1006, reason: connectionTrouble(error), decision: decideClose(1006) });
    });
    this.#socket.on('close', (code, reason) => {
      this.#end({ how: 'closed', code, reason: reason.toString('utf8').slice(0, 200), decision: decideClose(code) });
    });
  }

  /**
   * Adds topics to the channel or takes them away, by a frame: no REST call (genesys-cloud.md §3). Resolves with what the
   * server says: `200`, `400`, `404` (the channel is gone); `none` if it says nothing in time.
   */
  change(message: 'subscribe' | 'unsubscribe', topics: readonly string[]): Promise<string> {
    if (this.state !== 'open') return Promise.resolve(unanswered);
    this.#asked += 1;
    const correlationId = `${message}-${this.#asked}`;
    return new Promise((resolve) => {
      const finish = (result = unanswered): void => {
        deadline.cancel();
        this.#replies.delete(correlationId);
        resolve(result);
      };
      const deadline = this.#options.deadlines.after(replyTimeout, finish);
      this.#replies.set(correlationId, finish);
      this.#socket.send(JSON.stringify({ message, topics, correlationId }));
    });
  }

  /** Counts at once: what was silent for longer is asked by a ping, and has a third of it to answer. */
  configure({ silenceTimeout }: { silenceTimeout: number }): void {
    if (this.state === 'closed' || silenceTimeout === this.#options.silenceTimeout) return;
    Object.assign(this.#options, { silenceTimeout });
    this.#ping();
    this.#tick.moveTo(this.#options.clock.now() + silenceTimeout / pingsPerSilence);
  }

  /** Ends it at once; `onClosed` is not called. */
  terminate(): void {
    this.#finish();
  }

  #receive(data: Buffer): void {
    if (this.state === 'closed') return;
    const { clock, onText, onFrame, onInvalid } = this.#options;
    this.lastHeard = clock.now();
    onText?.(data.toString('utf8'));
    let frame: Frame;
    try {
      frame = this.#decode(data);
    } catch (error) {
      onInvalid(messageOf(error), data.length);
      return;
    }
    if (frame.kind === 'reply') this.#replies.get(frame.correlationId ?? '')?.(frame.result);
    onFrame(frame);
  }

  #decode(data: Buffer): Frame {
    const { readBody } = this.#options;
    const event = readBody && eventOfBytes(data, readBody);
    return event === undefined ? decodeFrame(data.toString('utf8')) : { kind: 'event', event };
  }

  #check(): void {
    const { clock, silenceTimeout, onGap } = this.#options;
    const silent = clock.now() - this.lastHeard;
    if (silent >= silenceTimeout) {
      this.#end({ how: 'silent', code: 1006, reason: `nothing was heard for ${Math.round(silent)} ms`, decision: 'same-channel' });
      return;
    }
    const drift = clock.wall() - clock.now();
    if (drift - this.#drift > suspendTolerance) onGap();
    this.#drift = drift;
    this.#ping();
    this.#tick.moveTo(Math.min(clock.now() + silenceTimeout / pingsPerSilence, this.lastHeard + silenceTimeout));
  }

  #ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send('{"message":"ping"}');
  }

  #end(closed: Closed): void {
    if (this.state === 'closed') return;
    this.#finish();
    this.#options.onClosed(closed);
  }

  #finish(): void {
    this.state = 'closed';
    this.#tick.cancel();
    for (const reply of this.#replies.values()) reply(unanswered);
    this.#socket.terminate();
  }
}
