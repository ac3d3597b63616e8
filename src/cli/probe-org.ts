import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { loadConfig } from '../config/load.js';
import { probe, type Subject } from '../contact/probe.js';
import { CredentialsRefused } from '../genesys/errors.js';
import { createLog } from '../observe/log.js';
import { clientSecretOf } from './client-secret.js';
import { exitCodes } from './exit-codes.js';
import { paintFor } from './page.js';
import { probePage } from './probe-page.js';

/** What `attributed probe` takes. */
export interface ProbeOptions {
  config: string;
  conversation: string;
  participant?: string;
  yes: boolean;
  json: boolean;
  secretFile?: string;
}

/** Probes, and prints what was found; resolves with the exit code. Throws `ConfigInvalid`. */
export async function probeOrg({ config: file, conversation, participant, yes, json, secretFile }: ProbeOptions): Promise<number> {
  const loaded = loadConfig(file, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'ignore' });
  const secret = clientSecretOf(loaded, secretFile);
  if ('fault' in secret) return complain(secret.fault, exitCodes.configInvalid);
  const log = createLog({ level: 'warn', format: 'pretty', values: false, stream: process.stderr });
  try {
    const report = await probe({
      ...{ config: loaded.config, clientSecret: secret.read, clock: systemClock, log },
      ...{ conversationId: conversation, participantId: participant },
      confirm: (subject) => (yes ? Promise.resolve(true) : ask(subject)),
      progress: (text) => process.stderr.write(`${text}\n`),
      unique: () => randomBytes(3).toString('hex'),
    });
    process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : probePage(report, paintFor(process.stdout)));
    if (report.wrote) return exitCodes.stopped;
    return complain('nothing was written, so most is not known: say yes on a terminal or by --yes, if a target answers', exitCodes.crashed);
  } catch (error) {
    return complain(messageOf(error), error instanceof CredentialsRefused ? exitCodes.credentialsRefused : exitCodes.crashed);
  } finally {
    await log.close();
  }
}

/** Asks on a terminal; without one, the answer is no. */
async function ask({
  conversationId,
  participant: { id, purpose = 'of no purpose', state = 'in no state' },
  keys,
  targets,
}: Subject): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `Write ${keys.join(' and ')} to participant ${id} (${purpose}, ${state})\nof the live call ${conversationId}, by ${targets.join(', ')}? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function complain(message: string, code: number): number {
  process.stderr.write(`attributed: ${message}\n`);
  return code;
}
