import { Command } from 'commander';
import { jsonSchema, type JsonSchema } from '../config/json-schema.js';
import { ConfigInvalid, loadConfig } from '../config/load.js';
import { exitCodes } from './exit-codes.js';

/** `attributed check -c FILE`: prints each fault with its place; exit code 0 or 78. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate a config file')
    .requiredOption('-c, --config <file>', 'config file')
    .option('--explain', "show each field's value, default and when a change takes effect", false)
    .action(({ config: file, explain }: { config: string; explain: boolean }) => {
      try {
        const loaded = loadConfig(file, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'warn' });
        for (const warning of loaded.warnings) process.stdout.write(`warning: ${warning}\n`);
        if (explain) process.stdout.write(explanation(loaded.written));
        process.stdout.write(`${file} is valid\n`);
      } catch (error) {
        if (!(error instanceof ConfigInvalid)) throw error;
        process.stderr.write(`${error.message}\n`);
        process.exitCode = exitCodes.configInvalid;
      }
    });
}

/** One line a field: path, value, whether that is the default, reload class, description. */
function explanation(written: unknown): string {
  const rows = [...fields(jsonSchema(), written, '')];
  const width = Math.max(...rows.map(({ path }) => path.length));
  return rows.map(({ path, value, reload, description }) => `${path.padEnd(width)}  ${value}  [${reload}]  ${description}\n`).join('');
}

interface Row {
  path: string;
  value: string;
  reload: string;
  description: string;
}

function* fields(schema: JsonSchema, written: unknown, path: string): Generator<Row> {
  if (schema.reload !== undefined) {
    const fallback = schema.default === undefined ? 'not set' : `${JSON.stringify(schema.default)} (default)`;
    const value =
      written === undefined
        ? fallback
        : `${JSON.stringify(written)}${schema.default === undefined ? '' : ` (default ${JSON.stringify(schema.default)})`}`;
    yield { path, value, reload: schema.reload, description: schema.description ?? '' };
    return;
  }
  for (const [name, inner] of Object.entries(schema.properties ?? {}))
    yield* fields(inner, at(written, name), path === '' ? name : `${path}.${name}`);
  if (Array.isArray(written) && schema.items !== undefined)
    for (const [index, value] of written.entries()) yield* fields(schema.items, value, `${path}[${index}]`);
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object')
    for (const name of Object.keys(asRecord(written))) yield* fields(additionalProperties, at(written, name), `${path}.${name}`);
}

function at(value: unknown, name: string): unknown {
  return asRecord(value)[name];
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
