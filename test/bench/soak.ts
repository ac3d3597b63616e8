import { systemClock } from '../../src/base/clock.js';
import { inFolder } from '../config/folder.js';
import { Soak, type Report } from '../support/soak-house.js';

/**
 * `npm run soak`: a real daemon on a bad network for ten minutes (`SOAK_MINUTES` for another time, `SOAK_SEED` for other
 * faults), after a warm-up in which each fault came once. Ends with 1 if anything is not back where it began.
 */
const minutes = Number(process.env['SOAK_MINUTES'] ?? 10);
const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 1_000_000));

/** How long it runs before it is taken stock of first, in ms: code is compiled and caches are filled by then. */
const warmUp = 90_000;

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function table({ before, after, allowed }: Report): { text: string; grown: string[] } {
  const names = ['heap', 'handles', 'timers', 'listeners'] as const;
  const rows = names.map((name) => {
    const show = name === 'heap' ? mib : String;
    return [name, show(before[name]), show(after[name]), `+${show(allowed[name])}`];
  });
  const text = [['', 'after warm-up', 'at the end', 'allowed'], ...rows]
    .map((row) => row.map((cell) => cell.padEnd(15)).join(''))
    .join('\n');
  return { text, grown: names.filter((name) => after[name] - before[name] > allowed[name]) };
}

process.stdout.write(`soak of ${minutes} min, SOAK_SEED=${seed}\n`);
await inFolder({}, async (folder) => {
  const soak = await Soak.open({ clock: systemClock, seed, folder });
  let report: Report;
  try {
    report = await soak.run(warmUp, minutes * 60_000);
  } finally {
    await soak.close();
  }
  const { text, grown } = table(report);
  process.stdout.write(`${report.told.join('\n')}\n\n${text}\n`);
  const problems = [...report.problems, ...grown.map((name) => `${name} grew`)];
  process.stdout.write(problems.length === 0 ? '\nback where it began\n' : `\nNOT well: ${problems.join('; ')}\n`);
  if (problems.length > 0) process.exitCode = 1;
});
