import { once } from 'node:events';
import type { Clock } from '../../base/clock.js';
import type { Deadlines } from '../../base/deadlines.js';
import { LineSplitter } from './line-splitter.js';
import type { Tail } from './tail.js';

/** How often what came is summed up, in ms. */
const period = 10_000;

export interface PumpDeps {
  source: AsyncIterable<Buffer>;
  tail: Tail;
  out: NodeJS.WritableStream;
  clock: Clock;
  deadlines: Deadlines;
  /** Whether the lines come as they are written, so that a summary each ten seconds says something. */
  live: boolean;
  /** Ends it: then nobody may be reading any more. */
  signal: AbortSignal;
}

/** Shows lines until the source ends or the signal comes, no faster than they are taken; then sums up. */
export async function pump({ source, tail, out, clock, deadlines, live, signal }: PumpDeps): Promise<void> {
  const splitter = new LineSplitter();
  let since = clock.now();
  const sumUp = (): void => {
    const now = clock.now();
    out.write(tail.summary(live ? now - since : undefined));
    since = now;
    if (live) timer.moveTo(now + period);
  };
  const timer = deadlines.idle(sumUp);
  if (live) timer.moveTo(since + period);
  const show = async (lines: Iterable<string>): Promise<void> => {
    let text = '';
    for (const line of lines) text += tail.take(line);
    // an aborted wait is told to whoever reads the source
    if (!out.write(text) && !signal.aborted) await once(out, 'drain', { signal }).catch(() => undefined);
  };
  try {
    for await (const chunk of source) await show(splitter.push(chunk));
    await show(splitter.end());
    sumUp();
  } finally {
    timer.cancel();
  }
}
