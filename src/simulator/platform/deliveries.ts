import type { Clock } from '../../base/clock.js';
import { Deadlines } from '../../base/deadlines.js';
import type { Random } from '../random.js';
import type { SimChannel } from './channels.js';
import type { Faults } from './faults.js';

export interface DeliveriesDeps {
  clock: Clock;
  random: Random;
  faults: Faults;
  /** Hands a frame to the channel's socket. */
  write: (channel: SimChannel, text: string) => void;
}

/** An event goes out so much after the one before it, in ms, if it would else overtake it. */
const apart = 0.001;

/** How events go out: each after its delay, once, behind those of its line (`order`), unless a fault has it otherwise. */
export class Deliveries {
  readonly #deps: DeliveriesDeps;
  readonly #deadlines: Deadlines;
  /** Of each channel, when the last event goes out of those that keep their places among each other. */
  readonly #lines = new WeakMap<SimChannel, Map<string, number>>();
  readonly #frozen = new WeakSet<SimChannel>();

  constructor(deps: DeliveriesDeps) {
    this.#deps = deps;
    this.#deadlines = new Deadlines(deps.clock);
  }

  event(channel: SimChannel, topicName: string, eventBody: Record<string, unknown>): void {
    const { faults, random, clock } = this.#deps;
    const frame = (): string => JSON.stringify({ topicName, version: '2', eventBody, metadata: { CorrelationId: random.uuid() } });
    if (random.chance(faults.drop)) return;
    const [least, most] = faults.eventDelay;
    const delay = most === 0 ? 0 : random.lognormal(Math.max(least, most / 3), 0.5, faults.eventDelay);
    const late = random.chance(faults.reorder);
    const at = late ? clock.now() + delay * 3 + 20 : this.#inLine(channel, lineOf(faults.order, topicName, eventBody), delay);
    const times = random.chance(faults.duplicate) ? 2 : 1;
    for (let count = 0; count < times; count += 1) {
      const text = frame();
      if (at <= clock.now()) this.#write(channel, text);
      else
        this.#deadlines.at(at, () => {
          this.#write(channel, text);
        });
    }
  }

  /** When an event goes out that keeps its place. */
  #inLine(channel: SimChannel, name: string | undefined, delay: number): number {
    const now = this.#deps.clock.now();
    if (name === undefined) return now + delay;
    const lines = this.#lines.get(channel) ?? new Map<string, number>();
    this.#lines.set(channel, lines);
    const before = lines.get(name) ?? 0;
    const at = delay === 0 ? Math.max(before, now) : Math.max(before + apart, now + delay);
    if (at <= now) return at;
    lines.set(name, at);
    // nobody waits for what has gone out
    this.#deadlines.at(at, () => {
      if (lines.get(name) === at) lines.delete(name);
    });
    return at;
  }

  /** From now on no event of this channel goes out, also none that is under way; they are lost. */
  freeze(channel: SimChannel): void {
    this.#frozen.add(channel);
  }

  thaw(channel: SimChannel): void {
    this.#frozen.delete(channel);
  }

  clear(): void {
    this.#deadlines.clear();
  }

  #write(channel: SimChannel, text: string): void {
    if (!this.#frozen.has(channel)) this.#deps.write(channel, text);
  }
}

/** The events among which one keeps its place; undefined if it keeps none. */
function lineOf(order: Faults['order'], topicName: string, { id, conversationId }: Record<string, unknown>): string | undefined {
  switch (order) {
    case 'channel':
      return '';
    case 'conversation':
      return [conversationId, id].find((each) => typeof each === 'string') ?? topicName;
    case 'none':
      return undefined;
  }
}
