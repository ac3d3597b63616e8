import { budget } from './budget.js';
import { conflictSections, conflicts } from './conflicts.js';
import { asText } from './report.js';

const sections = [...conflictSections(await conflicts()), ...(await budget())];
for (const section of sections) process.stdout.write(`${asText(section)}\n`);
