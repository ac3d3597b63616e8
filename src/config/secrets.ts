import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../base/errors.js';

/** A field of a config that names a secret file, with the path as it is written there. */
interface SecretField {
  path: string[];
  written: string;
}

/** What stands in the secret file that a field names. */
export interface Secret {
  path: readonly string[];
  content: string;
}

/** Every field whose name ends in `File`: each names a file that must be there. Lists hold none (a rule's `set` names attributes). */
export function secretFields(value: unknown, path: readonly string[] = []): SecretField[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    return key.endsWith('File') && typeof inner === 'string' && inner !== '' ? [{ path: here, written: inner }] : secretFields(inner, here);
  });
}

/** What stands in all secret files of a config. Throws what `secret`, which reads one, throws. */
export function secretsIn(config: unknown, secret: (written: string) => string): Secret[] {
  return secretFields(config).map(({ path, written }) => ({ path, content: secret(written) }));
}

/** How the path of a secret file is understood. */
export interface SecretPlaces {
  /** Relative paths start at this file. */
  configFile: string;
  /** `$CREDENTIALS_DIRECTORY`, which `%d/` stands for; undefined outside a unit. */
  credentialsDirectory: string | undefined;
}

export type SecretPath = { path: string } | { fault: string; outsideUnit: boolean };

/** Where a secret file is: `%d/x` under the credentials directory, a relative path beside the config file. */
export function secretPath(written: string, { configFile, credentialsDirectory }: SecretPlaces): SecretPath {
  if (!written.startsWith('%d/')) return { path: resolve(dirname(configFile), written) };
  if (credentialsDirectory !== undefined) return { path: join(credentialsDirectory, written.slice(3)) };
  return {
    fault: `"${written}" exists only inside the systemd unit (LoadCredential=); elsewhere set CREDENTIALS_DIRECTORY or name a path`,
    outsideUnit: true,
  };
}

/** The content of a secret file without white space around it. Throws an `Error` that names the remedy, never the content. */
export function readSecret(path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
  if (content === '') throw new Error(`${path} is empty, expected the secret in it`);
  return content;
}

/**
 * The secrets in the content of `http.webhookSecretFile`: one or two lines, so that a new one counts before the old one
 * is gone. Throws an `Error` that says how many lines there are, never what stands in them.
 */
export function webhookSecrets(content: string): string[] {
  const lines = content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 1 || lines.length === 2) return lines;
  throw new Error(`the file of the webhook's secrets has ${lines.length} lines, expected one or two secrets, a line each`);
}

/** Lines `Name: value` → headers. Throws an `Error` that names the line, never the value. */
export function parseHeaders(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .map((line, index) => ({ line: line.trim(), number: index + 1 }))
      .filter(({ line }) => line !== '' && !line.startsWith('#'))
      .map(({ line, number }) => {
        const [, name, value] = /^([A-Za-z0-9-]+):\s*(.+)$/.exec(line) ?? [];
        if (name === undefined || value === undefined) throw new Error(`line ${number} is no header, expected \`Name: value\``);
        return [name.toLowerCase(), value];
      }),
  );
}
