import { Command } from 'commander';
import { jsonSchema, type JsonSchema } from '../config/json-schema.js';
import { loadConfig } from '../config/load.js';
import { answering } from './ask.js';

interface CheckOptions {
  config: string;
  explain: boolean;
  online: boolean;
  json: boolean;
  secretFile?: string;
}

/** `attributed check -c FILE [--online]`: prints each fault with its place; exit code 0 or 78. With `--online` also asks the org. */
export function checkCommand(): Command {
  return new Command('check')
    .description('validate a config file, and with --online whether it fits the org')
    .requiredOption('-c, --config <file>', 'config file')
    .option('--explain', "show each field's value, default and when a change takes effect", false)
    .option('--online', 'also ask the org: credentials, hosts, clock, topics, permissions, write target', false)
    .option('--json', 'with --online: print one JSON document', false)
    .option('--secret-file <file>', 'file with the client secret, where genesys.clientSecretFile cannot be read')
    .addHelpText(
      'after',
      [
        '',
        '--online changes nothing in the org: the one channel that it makes goes with its',
        'token, and the write target is sent an empty write for a random conversation id, which',
        'no call has. It ends with 0 if nothing fails, with 77 if the OAuth client is refused,',
        'else with 1.',
      ].join('\n'),
    )
    .action((options: CheckOptions) =>
      answering(async () => {
        const { config: file, explain, online, json } = options;
        const loaded = loadConfig(file, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'warn' });
        const { warnings } = loaded;
        if (online) {
          // loaded only here: the check without it starts sooner
          const { checkFirstContact } = await import('./check-first-contact.js');
          process.exitCode = await checkFirstContact(loaded, { file, warnings, json, secretFile: options.secretFile });
          return;
        }
        for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`);
        if (explain) process.stdout.write(explanation(loaded.written));
        process.stdout.write(`${file} is valid\n`);
      }),
    );
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
