import { readFileSync, writeFileSync } from 'node:fs';
import { logEventsTable, metricsTable, replaceBetween, schemaText } from './docs.js';

/** `npm run docs`: writes what is told twice, in the code and to readers, from the code. */
const schema = new URL('attributed.schema.json', import.meta.url);
const readme = new URL('../README.md', import.meta.url);

writeFileSync(schema, schemaText());
const events = replaceBetween(readFileSync(readme, 'utf8'), 'log events', await logEventsTable());
writeFileSync(readme, replaceBetween(events, 'metrics', await metricsTable()));
