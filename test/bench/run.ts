import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { budget } from './budget.js';
import { conflictPlot, conflicts, conflictSections, loopbackSection } from './conflicts.js';
import { asMarkdown, asText, type Section } from './report.js';
import { burstsOfWishes } from './wishes.js';

/** Calls of each cell of the conflict bench. */
const worlds = Number(process.env['BENCH_WORLDS'] ?? 15_000);

const place = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const sections: Section[] = [];
const show = (...found: Section[]): void => {
  for (const section of found) process.stdout.write(`${asText(section)}\n`);
  sections.push(...found);
};

const found = await conflicts(worlds);
show(...conflictSections(found, worlds), await burstsOfWishes(), await loopbackSection(found), ...(await budget()));
writeFileSync(place('conflicts.svg'), conflictPlot(found));
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
writeFileSync(
  place('results.md'),
  `# What \`npm run bench\` measured\n\nMachine: ${machine}. Written by \`test/bench/run.ts\`: not edited by hand.\n\n${sections.map(asMarkdown).join('\n')}`,
);
