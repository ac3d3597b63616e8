import { asked, tell } from '../forked.js';
import { cells, processOf } from './cells.js';
import { DaemonUnderTest } from './daemon.js';
import { oracle } from './oracle.js';
import { peers, type Result } from './peers.js';
import { Tally, type Figures } from './tally.js';
import { world, type OwnTime, type World } from './world.js';

/** How old a call is when its wish may come, in ms. */
const age = [10_000, 50_000] as const;

type Contender = (world: World) => Result | Promise<Result>;

function daemon(policy: 'adaptive' | 'immediate' | 'debounce'): Contender {
  const under = new DaemonUnderTest(policy);
  return (world) => under.meet(world);
}

/** Which cell, and how many calls of it. */
export interface CellTask {
  name: string;
  worlds: number;
  /** Without a list all take part. */
  contenders?: string[];
  own?: OwnTime;
}

/** Runs one cell: everybody meets the same calls, one after the other. */
async function runCell({ name, worlds, contenders: chosen, own }: CellTask): Promise<Record<string, Figures>> {
  const cell = cells[name];
  if (cell === undefined) throw new Error(`no cell ${name}`);
  const all: Record<string, Contender> = {
    adaptive: daemon('adaptive'),
    immediate: daemon('immediate'),
    'debounce 150 ms': daemon('debounce'),
    ...peers,
    oracle: (world) => oracle(world),
    'oracle that knows latencies': (world) => oracle(world, true),
  };
  const contenders = Object.fromEntries(Object.entries(all).filter(([contender]) => chosen?.includes(contender) ?? true));
  const tallies = Object.fromEntries(Object.keys(contenders).map((contender) => [contender, new Tally()]));
  for (let seed = 1; seed <= worlds; seed += 1) {
    const scene = world(seed, processOf(cell, seed), { age, ...(own && { own }) });
    const limit = oracle(scene);
    for (const [contender, bring] of Object.entries(contenders)) tallies[contender]?.add(await bring(scene), limit);
  }
  return Object.fromEntries(Object.entries(tallies).map(([contender, tally]) => [contender, tally.figures()]));
}

tell(await runCell(asked() as CellTask));
