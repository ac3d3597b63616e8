import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../src/base/clock.js';
import type { Random } from '../../src/simulator/random.js';

/** What happens to bytes on one way of a connection. */
export type LaneFault =
  /** They are held, and come when it ends. */
  | { kind: 'stall' }
  /** They vanish, an end of the connection too: for good, on each connection that stands while it lasts, as with a NAT that forgot it. */
  | { kind: 'half-open' }
  | { kind: 'slow'; bytesPerSecond: number }
  | { kind: 'delay'; ms: number }
  /**
   * After so many bytes of each connection, one byte in `every` (on average) has its highest bit flipped: in text that
   * is no UTF-8 any more, so that it can be noticed, as TLS would notice any.
   */
  | { kind: 'corrupt'; after: number; every: number };

/** Bytes that are held at most before the sender has to wait, as a network's buffers would have it. */
const mostHeld = 256 * 1024;

/** How often a slow lane passes something on, in ms. */
const slowStep = 100;

interface LaneDeps {
  clock: Clock;
  random: Random;
  from: Socket;
  /** Undefined: all vanishes. */
  to: Socket | undefined;
}

/** One way of a proxied connection: passes on what comes, as the fault of the moment has it, in order. */
export class FaultLane {
  dead: boolean;
  readonly #deps: LaneDeps;
  readonly #held: { bytes: Buffer; at: number }[] = [];
  #fault: LaneFault | undefined;
  #timer: Timer | undefined;
  #ended = false;
  #seen = 0;
  #nextFlip = 0;

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.dead = deps.to === undefined;
    deps.from.on('data', (bytes: Buffer) => {
      if (this.dead) return;
      this.#held.push({ bytes, at: deps.clock.now() });
      this.#pump();
    });
    deps.from.on('end', () => {
      this.#ended = true;
      if (this.dead) this.#deps.from.end();
      else this.#pump();
    });
    deps.to?.on('drain', () => {
      this.#pump();
    });
  }

  set(fault: LaneFault | undefined): void {
    this.stop();
    this.#fault = fault;
    this.#nextFlip = 0;
    if (fault?.kind === 'half-open') this.kill();
    else this.#pump();
  }

  /** From now on all that comes vanishes. */
  kill(): void {
    this.stop();
    this.dead = true;
    this.#held.length = 0;
    this.#deps.from.resume();
    // it has ended already: nobody else closes it
    if (this.#ended) this.#deps.from.end();
  }

  /** Nothing is passed on by itself any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #pump(): void {
    const { from, to } = this.#deps;
    if (this.dead || this.#timer !== undefined || to === undefined) return;
    while (this.#held.length > 0 && !to.writableNeedDrain) if (!this.#passOne(to)) break;
    if (this.#held.length === 0 && this.#ended && !to.writableEnded) to.end();
    const held = this.#held.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (held > mostHeld) from.pause();
    else from.resume();
  }

  /** Passes on the oldest piece or a part of it; false if nothing more goes now. */
  #passOne(to: Socket): boolean {
    const [first] = this.#held;
    if (first === undefined) return false;
    const fault = this.#fault;
    const { clock } = this.#deps;
    switch (fault?.kind) {
      case 'stall':
      case 'half-open':
        return false;
      case 'delay': {
        const left = first.at + fault.ms - clock.now();
        if (left > 0) return this.#later(left);
        break;
      }
      case 'slow': {
        const size = Math.max(1, Math.round((fault.bytesPerSecond * slowStep) / 1_000));
        this.#write(to, first.bytes.subarray(0, size));
        first.bytes = first.bytes.subarray(size);
        if (first.bytes.length === 0) this.#held.shift();
        return this.#later(slowStep);
      }
      case 'corrupt':
      case undefined:
    }
    this.#held.shift();
    this.#write(to, fault?.kind === 'corrupt' ? this.#corrupted(first.bytes, fault) : first.bytes);
    return true;
  }

  #later(ms: number): false {
    this.#timer = this.#deps.clock.after(ms, () => {
      this.#timer = undefined;
      this.#pump();
    });
    return false;
  }

  #write(to: Socket, bytes: Buffer): void {
    this.#seen += bytes.length;
    if (to.writable) to.write(bytes);
  }

  #corrupted(bytes: Buffer, { after, every }: LaneFault & { kind: 'corrupt' }): Buffer {
    const flipped = Buffer.from(bytes);
    const gap = (): number => this.#deps.random.int([1, 2 * every]);
    if (this.#nextFlip === 0) this.#nextFlip = Math.max(this.#seen, after) + gap();
    for (; this.#nextFlip < this.#seen + bytes.length; this.#nextFlip += gap()) {
      const place = this.#nextFlip - this.#seen;
      flipped[place] = (flipped[place] ?? 0) ^ 0x80;
    }
    return flipped;
  }
}
