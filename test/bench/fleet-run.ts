import { Fleet, type FleetResult } from '../support/fleet.js';
import { daemon, fifo, type FleetContender } from './fleet-contenders.js';

const [conversations, perMinute, minutes, seeds] = process.argv.slice(2).map(Number) as [number, number, number, number];
const contenders: Record<string, () => FleetContender> = {
  adaptive: () => daemon({ perMinute }),
  stream: () => fifo('stream', perMinute),
  read: () => fifo('read', perMinute),
  'read-apart': () => fifo('read-apart', perMinute),
};
for (const [name, make] of Object.entries(contenders).filter(([n]) => (process.env['ONLY'] ?? n).split(',').includes(n))) {
  const started = performance.now();
  const all: FleetResult[][] = [];
  let open = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { clock, writer } = make();
    const fleet = new Fleet({ clock, seed, conversations, perMinute });
    fleet.start(writer(fleet));
    const results: FleetResult[] = [];
    for (let minute = 0; minute < minutes; minute += 1) {
      await clock.advance(60_000);
      results.push(fleet.result());
    }
    all.push(results);
    fleet.stopWishing();
    if (process.env['DRAIN']) await clock.advance(900_000);
    const end = fleet.result();
    open += end.wishes - end.finished;
  }
  console.log(name, ((performance.now() - started) / 1000).toFixed(1), 's', 'unfinished in the end', open, 'longest', all.map((results) => (results.at(-1)!.longest / 1000).toFixed(0)).join());
  const show = (from: number, to: number): void => {
    const mean = (key: keyof FleetResult): string =>
      (all.reduce((sum, results) => sum + results[to]![key] - (results[from]?.[key] ?? 0), 0) / seeds / (to - from)).toFixed(0);
    console.log('  ', from + 2, to + 1, ...(['wishes', 'finished', 'inTime', 'requests', 'conflicts', 'overLimit'] as const).map((key) => `${key} ${mean(key)}`));
  };
  for (const [from, to] of [[-1, 0], [0, 1], [1, 2], [2, 4], [4, 9], [-1, minutes - 1]] as const) if (to < minutes) show(from, to);
}
