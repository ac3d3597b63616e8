import { asked } from '../forked.js';
import { assign } from '../../../src/genesys/assignment.js';
import { daemon, complete, frameOf } from '../memory/holder.js';
import { callsOf } from '../ingest/feed.js';

/** What one size costs: CPU of each step in µs. */
export interface Grown {
  axis: 'conversations' | 'events' | 'topics';
  size: number;
  usEach: number;
}

/** Events by which conversations are compared. */
const events = 20_000;

/** CPU of an event, in µs: of `count` events over so many conversations that are known already. */
async function event(conversations: number, count: number): Promise<number> {
  const holder = daemon(false);
  const calls = callsOf({ conversations, seed: 3 }).map(complete);
  for (const call of calls) holder.take(frameOf(call));
  await holder.pass(1);
  globalThis.gc?.();
  let spent = 0;
  for (let done = 0; done < count; done += 1_000) {
    const texts = Array.from({ length: 1_000 }, (_, index) => calls[((done + index) * 7_919) % calls.length]).flatMap((call) =>
      call === undefined ? [] : [frameOf(call)],
    );
    const before = process.cpuUsage();
    for (const text of texts) holder.take(text);
    await holder.pass(1);
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
  }
  return spent / count;
}

/** CPU of a topic, in µs, when a list is shared out anew over channels that have most of it. */
function topic(count: number): number {
  const topics = Array.from({ length: count }, (_, index) => `v2.users.${index}.conversations`);
  const rounds = Math.ceil(200_000 / count);
  const present = assign(topics, new Map()).shards;
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) assign(topics, present);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds / count;
}

const { axis, size } = asked() as Pick<Grown, 'axis' | 'size'>;
const usEach = axis === 'topics' ? topic(size) : axis === 'events' ? await event(1_000, size) : await event(size, events);
process.send?.({ axis, size, usEach } satisfies Grown, () => {
  process.exit(0);
});
