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

/** When the last event of a channel that keeps its place goes out. */
interface Line {
  lastAt: number;
}

/** An event goes out so much after the one before it, in ms, if it would else overtake it. */
const apart = 0.001;

/** How events go out: each after its delay, in order, once, unless a fault has it otherwise. */
export class Deliveries {
  readonly #deps: DeliveriesDeps;
  readonly #deadlines: Deadlines;
  readonly #lines = new WeakMap<SimChannel, Line>();
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
    const line = this.#lines.get(channel) ?? { lastAt: 0 };
    const late = random.chance(faults.reorder);
    const kept = delay === 0 ? Math.max(line.lastAt, clock.now()) : Math.max(line.lastAt + apart, clock.now() + delay);
    const at = late ? clock.now() + delay * 3 + 20 : kept;
    if (!late) line.lastAt = at;
    this.#lines.set(channel, line);
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
