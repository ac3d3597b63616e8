import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../base/errors.js';

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
