import { CountingLog } from '../support/counting-log.js';
import { FakeClock } from '../support/fake-clock.js';
import { Fleet, type FleetResult, type FleetWriter } from '../support/fleet.js';
import { Writing } from '../support/writing.js';
import type { Section } from './report.js';
import { Fifo, type FifoOptions } from './fifo.js';

/** Calls, and requests a minute: what issue 3 asks for, what when-to-write.md tells of, and one where all can be home in time. */
const cells = [
  { conversations: 120, perMinute: 60 },
  { conversations: 250, perMinute: 300 },
  { conversations: 15, perMinute: 300 },
];

/** Minutes that pass first, and that are counted, in ms. */
const warmUp = 2 * 60_000;
const counted = 5 * 60_000;

const seeds = [1, 2, 3];

interface World {
  fleet: Fleet;
  clock: FakeClock;
  perMinute: number;
}

const fifo =
  (options: FifoOptions) =>
  ({ fleet, clock, perMinute }: World): FleetWriter =>
    new Fifo({ exchange: fleet.exchange, clock, perMinute }, options);

/** No calls are kept for token and channels: none are made here, and the others keep none. */
const contenders: Readonly<Record<string, (world: World) => FleetWriter>> = {
  attributed: ({ fleet, clock, perMinute }) =>
    new Writing({ exchange: fleet.exchange, perMinute, reserve: 0, clock, log: new CountingLog() }).ofFleet(),
  'FIFO, coalesced, ETag of the stream': fifo({ coalesced: true, etag: 'stream' }),
  'FIFO, coalesced, GET + PATCH': fifo({ coalesced: true, etag: 'read' }),
  'FIFO, each wish, GET + PATCH': fifo({ coalesced: false, etag: 'read' }),
};

/** What came of the counted minutes. */
async function run(name: string, { conversations, perMinute }: (typeof cells)[number], seed: number): Promise<FleetResult> {
  const clock = new FakeClock();
  const fleet = new Fleet({ clock, seed, conversations, perMinute });
  const writer = contenders[name]?.({ fleet, clock, perMinute });
  if (writer === undefined) throw new Error(`no contender ${name}`);
  fleet.start(writer);
  await clock.advance(warmUp);
  const before = fleet.result();
  await clock.advance(counted);
  const after = fleet.result();
  return {
    wishes: after.wishes - before.wishes,
    finished: after.finished - before.finished,
    inTime: after.inTime - before.inTime,
    requests: after.requests - before.requests,
    conflicts: after.conflicts - before.conflicts,
    longest: after.longest,
    overLimit: after.overLimit,
  };
}

const columns = [
  'contender',
  'wished/min',
  'home in 30 s/min',
  'in 30 s',
  'ever',
  'requests/min',
  'conflicts',
  'longest s',
  '429s',
  'ratio',
];
const total = (results: readonly FleetResult[], of: keyof FleetResult): number => results.reduce((sum, result) => sum + result[of], 0);

/** One table a cell; the ratio is of what is home within 30 s, beside coalesced GET + PATCH. */
export async function budget(): Promise<Section[]> {
  const sections: Section[] = [];
  for (const cell of cells) {
    const results = new Map<string, FleetResult[]>();
    for (const name of Object.keys(contenders)) {
      const all: FleetResult[] = [];
      for (const seed of seeds) all.push(await run(name, cell, seed));
      results.set(name, all);
    }
    const beside = total(results.get('FIFO, coalesced, GET + PATCH') ?? [], 'inTime');
    sections.push({
      title: `Budget: ${cell.conversations} calls, ${cell.perMinute} requests a minute`,
      about: `Calls of the mix, 0.15 wishes a second each, ${seeds.length} × 5 minutes on a virtual clock; the ratio is of updates home within 30 s, beside coalesced GET + PATCH.`,
      columns,
      rows: [...results].map(([name, all]) => [name, ...figuresOf(all, beside)]),
      notes: [],
    });
  }
  return sections;
}

function figuresOf(all: readonly FleetResult[], beside: number): string[] {
  const minutes = (all.length * counted) / 60_000;
  return [
    (total(all, 'wishes') / minutes).toFixed(0),
    (total(all, 'inTime') / minutes).toFixed(0),
    `${((100 * total(all, 'inTime')) / total(all, 'wishes')).toFixed(0)} %`,
    `${((100 * total(all, 'finished')) / total(all, 'wishes')).toFixed(0)} %`,
    (total(all, 'requests') / minutes).toFixed(0),
    `${((100 * total(all, 'conflicts')) / total(all, 'requests')).toFixed(0)} %`,
    (Math.max(...all.map(({ longest }) => longest)) / 1000).toFixed(0),
    String(total(all, 'overLimit')),
    (total(all, 'inTime') / beside).toFixed(2),
  ];
}
