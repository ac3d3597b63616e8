import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Asks, Stop } from './coordinator.js';

/** What instances tell each other: events may have been missed by somebody whose channel told them for all. */
const gapSchema = z.object({
  gap: z.literal(true),
  by: z.string(),
  /** Wall time, ms since the epoch; absent where it is not known. */
  since: z.number().optional(),
  over: z.boolean(),
});

export interface GossipDeps {
  clock: Clock;
  asks: Asks;
  instance: string;
  /** @param since clock's ms */
  onGap: (since: number | undefined, over: boolean) => void;
}

/** Gaps of one instance's channels concern the conversations of all. */
export class Gossip {
  readonly #deps: GossipDeps;
  #stopListening: Stop | undefined;

  constructor(deps: GossipDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#stopListening = await this.#deps.asks.listen((text) => {
      this.#hear(text);
    });
  }

  async stop(): Promise<void> {
    await this.#stopListening?.();
  }

  /** Tells the others that events may have been missed since then (clock's ms). */
  gap(since: number | undefined, over: boolean): void {
    const { clock, asks, instance } = this.#deps;
    const told = since === undefined ? {} : { since: clock.wall() - (clock.now() - since) };
    asks.tell(JSON.stringify({ gap: true, by: instance, over, ...told }));
  }

  #hear(text: string): void {
    const { clock, instance, onGap } = this.#deps;
    const told = gapSchema.safeParse(parsed(text)).data;
    if (told === undefined || told.by === instance) return;
    onGap(told.since === undefined ? undefined : clock.now() - (clock.wall() - told.since), told.over);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
