import { systemClock } from '../base/clock.js';
import type { LoadedConfig } from '../config/load.js';
import { checkOnline, type Outcome } from '../contact/check-online.js';
import type { Finding } from '../contact/finding.js';
import { clientSecretOf } from './client-secret.js';
import { exitCodes } from './exit-codes.js';
import { paintFor, plain } from './page.js';
import { stderrLog } from './stderr-log.js';

const codes: Readonly<Record<Outcome, number>> = {
  ok: exitCodes.stopped,
  failed: exitCodes.crashed,
  refused: exitCodes.credentialsRefused,
};
const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

export interface FirstContactOptions {
  file: string;
  warnings: readonly string[];
  json: boolean;
  secretFile: string | undefined;
}

/** Asks the org whether a valid config fits it, and tells a line each; resolves with the exit code. */
export async function checkFirstContact(loaded: LoadedConfig, { file, warnings, json, secretFile }: FirstContactOptions): Promise<number> {
  const secret = clientSecretOf(loaded, secretFile);
  if ('fault' in secret) {
    process.stderr.write(`attributed: ${secret.fault}\n`);
    return exitCodes.configInvalid;
  }
  const paint = paintFor(process.stdout);
  const findings: Finding[] = warnings.map((detail) => ({ state: 'warn', what: 'config', detail }));
  findings.push({ state: 'ok', what: 'config', detail: `${file} is valid` });
  const tell = ({ state, what, detail }: Finding): void => {
    if (!json) process.stdout.write(`${paint(styles[state], state.padEnd(4))}  ${what.padEnd(9)}  ${plain(detail)}\n`);
  };
  for (const finding of findings) tell(finding);
  // what is refused is told as a finding
  const log = stderrLog('error');
  const outcome = await checkOnline({
    ...{ config: loaded.config, log, clock: systemClock },
    clientSecret: secret.read,
    tell: (finding) => {
      findings.push(finding);
      tell(finding);
    },
  });
  await log.close();
  if (json) process.stdout.write(`${JSON.stringify({ outcome, findings }, undefined, 2)}\n`);
  return codes[outcome];
}
