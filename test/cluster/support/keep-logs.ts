import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { partitionHere, type RunningFleet } from './run-fleet.js';

/** For who looks into a scenario: `FLEET_LOGS` names a folder, and each instance's log is kept there, with what was done and written when. */
export function keepLogs(
  scenario: string,
  { instances, faults, simulator, history }: Pick<RunningFleet, 'instances' | 'faults' | 'simulator' | 'history'>,
): void {
  const folder = process.env['FLEET_LOGS'];
  if (folder === undefined) return;
  const place = join(folder, scenario.replace(/\W+/g, '-'));
  mkdirSync(place, { recursive: true });
  const write = (name: string, entries: readonly unknown[]): void => {
    writeFileSync(join(place, `${name}.ndjson`), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  };
  for (const { name, lines } of instances) write(name, lines);
  write('leases', history.all);
  write(
    'faults',
    faults.map(({ at, victims, partitions }) => ({ at: new Date(at), victims: victims.map(({ name }) => name), partitions })),
  );
  write(
    'writes',
    simulator.ledger.writes.map((each) => ({
      wall: new Date(each.at + performance.timeOrigin),
      partition: partitionHere(each.conversationId),
      ...each,
    })),
  );
}
