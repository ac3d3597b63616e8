import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { budget } from './budget.js';
import { conflictPlot, conflicts, conflictSections, sockets } from './conflicts.js';
import { fleet } from './fleet.js';
import { growth, growthPlot, growthSection } from './growth.js';
import { http } from './http.js';
import { ingest } from './ingest.js';
import { memory } from './memory.js';
import { asMarkdown, asText, type Section } from './report.js';
import { tail } from './tail.js';
import { timers } from './timers.js';
import { wire } from './wire.js';
import { burstsOfWishes } from './wishes.js';

/** Calls of each cell of the conflict bench. */
const worlds = Number(process.env['BENCH_WORLDS'] ?? 15_000);

const place = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What can be measured by itself: `npm run bench -- NAME …`; without a name all of it. */
const parts: Readonly<Record<string, () => Promise<Section[]>>> = {
  conflicts: async () => {
    const found = await conflicts(worlds);
    writeFileSync(place('conflicts.svg'), conflictPlot(found));
    return conflictSections(found, worlds);
  },
  sockets,
  wishes: async () => [await burstsOfWishes()],
  budget,
  ingest: async () => [await ingest()],
  memory: async () => [await memory()],
  growth: async () => {
    const found = await growth();
    writeFileSync(place('growth.svg'), growthPlot(found));
    return [growthSection(found)];
  },
  timers: async () => [await timers()],
  http: async () => [await http()],
  wire: async () => [await wire()],
  tail: async () => [await tail()],
  fleet: async () => [await fleet()],
};

const section = z.object({
  title: z.string(),
  about: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
  notes: z.array(z.string()),
});
const measurements = z.record(z.string(), z.object({ on: z.string(), sections: z.array(section) }));

/** Each part as it was measured last: one that is not measured now stays as it was. */
const file = place('results.json');
const results = existsSync(file) ? measurements.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
const on = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(parts)) {
  const measure = parts[name];
  if (measure === undefined) throw new Error(`there is no part ${name}, expected one of ${Object.keys(parts).join(', ')}`);
  const sections = await measure();
  for (const each of sections) process.stdout.write(`${asText(each)}\n`);
  results[name] = { on, sections };
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

const pages = Object.keys(parts).flatMap((name) => {
  const measured = results[name];
  return measured === undefined ? [] : measured.sections.map((each) => asMarkdown({ ...each, about: `${each.about} (${measured.on})` }));
});
writeFileSync(place('results.md'), `# What \`npm run bench\` measured\n\nWritten by \`test/bench/run.ts\`.\n\n${pages.join('\n')}`);
