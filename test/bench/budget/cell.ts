import { CountingLog } from '../../support/counting-log.js';
import { FakeClock } from '../../support/fake-clock.js';
import { Fleet, type FleetResult, type FleetWriter } from '../../support/fleet.js';
import { Writing } from '../../support/writing.js';
import { Fifo, type FifoOptions } from '../fifo.js';
import { asked, tell } from '../forked.js';

/** Minutes that pass first, and that are counted, in ms. */
const warmUp = 2 * 60_000;
const counted = 3 * 60_000;

interface World {
  fleet: Fleet;
  clock: FakeClock;
  perMinute: number;
}

/** Calls, requests a minute, and what chance brings. */
export interface BudgetTask {
  conversations: number;
  perMinute: number;
  seed: number;
}

/** Of a minute, but `longest` (ms) and `overLimit`. */
export type BudgetFigures = Readonly<Record<string, FleetResult>>;

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

/** All contenders on the same calls, one after the other. */
async function runCell({ conversations, perMinute, seed }: BudgetTask): Promise<BudgetFigures> {
  const figures: Record<string, FleetResult> = {};
  for (const [name, open] of Object.entries(contenders)) {
    const clock = new FakeClock();
    const fleet = new Fleet({ clock, seed, conversations, perMinute });
    fleet.start(open({ fleet, clock, perMinute }));
    await clock.advance(warmUp);
    const before = fleet.result();
    await clock.advance(counted);
    const after = fleet.result();
    const aMinute = (of: keyof FleetResult): number => ((after[of] - before[of]) * 60_000) / counted;
    figures[name] = {
      wishes: aMinute('wishes'),
      finished: aMinute('finished'),
      inTime: aMinute('inTime'),
      requests: aMinute('requests'),
      conflicts: aMinute('conflicts'),
      longest: after.longest,
      overLimit: after.overLimit,
    };
  }
  return figures;
}

tell(await runCell(asked() as BudgetTask));
