import { contenders, type ContenderName } from './contenders.js';
import { callsOf, type FeedOptions } from './feed.js';
import type { FeederReady } from './feeder.js';

/** What one run found. */
export interface Received {
  cpuMs: number;
  /** Conversations of which it does not know the newest version. */
  wrong: number;
}

export interface ReceiverOptions {
  contender: ContenderName;
  at: FeederReady;
  feed: FeedOptions;
}

/** How long it looks on after the last frame, in ms: what is debounced comes out. */
const aftermath = 400;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs in a process of its own: one contender, from its connection to what it knows in the end. */
async function main({ contender, at, feed }: ReceiverOptions): Promise<void> {
  const receiving = await contenders[contender].connect(at);
  const until = async (count: number): Promise<void> => {
    while (receiving.count() < count) await pause(5);
    await pause(aftermath);
  };
  process.send?.('warm');
  await until(at.warm);
  globalThis.gc?.();
  const before = process.cpuUsage();
  process.send?.('feed');
  await until(at.warm + at.frames);
  const { user, system } = process.cpuUsage(before);
  // worked out last, so that it is in nobody's heap before
  const wrong = callsOf(feed).filter(({ id }) => receiving.markOf(id) !== String(feed.changes)).length;
  const result: Received = { cpuMs: (user + system) / 1_000, wrong };
  process.send?.(result, () => {
    process.exit(0);
  });
}

await main(JSON.parse(process.argv[2] ?? '{}') as ReceiverOptions);
