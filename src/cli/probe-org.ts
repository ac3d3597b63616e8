import { randomBytes } from 'node:crypto';
import { systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { loadConfig } from '../config/load.js';
import type { WriteTargetName } from '../config/schema.js';
import { probe, type ProbeReport, type Subject } from '../contact/probe.js';
import { CredentialsRefused } from '../genesys/errors.js';
import { askTerminal } from './ask-terminal.js';
import { clientSecretOf } from './client-secret.js';
import { exitCodes } from './exit-codes.js';
import { paintFor } from './page.js';
import { probePage } from './probe-page.js';
import { stderrLog } from './stderr-log.js';

/** What `attributed probe` takes. */
export interface ProbeOptions {
  config: string;
  conversation: string;
  participant?: string;
  target?: WriteTargetName[];
  yes: boolean;
  json: boolean;
  secretFile?: string;
}

/** Probes, and prints what was found; resolves with the exit code. Throws `ConfigInvalid`. */
export async function probeOrg(options: ProbeOptions): Promise<number> {
  const { config: file, conversation, participant, target: only, yes, json, secretFile } = options;
  const loaded = loadConfig(file, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'ignore' });
  const secret = clientSecretOf(loaded, secretFile);
  if ('fault' in secret) return complain(secret.fault, exitCodes.configInvalid);
  const log = stderrLog('error');
  const stop = stopOnSignal();
  try {
    const report = await probe({
      ...{ config: loaded.config, clientSecret: secret.read, clock: systemClock, log },
      ...{ conversationId: conversation, participantId: participant, only, stopped: stop.stopped },
      confirm: async (subject) => {
        const may = yes || (await confirmed(subject));
        if (may) stop.arm();
        return may;
      },
      progress: say,
      unique: () => randomBytes(3).toString('hex'),
    });
    process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : probePage(report, paintFor(process.stdout)));
    const fault = faultOf(report);
    return fault === undefined ? exitCodes.stopped : complain(fault, exitCodes.crashed);
  } catch (error) {
    return complain(messageOf(error), error instanceof CredentialsRefused ? exitCodes.credentialsRefused : exitCodes.crashed);
  } finally {
    stop.release();
    await log.close();
  }
}

/** Why a report leaves open which target fits; undefined if it does not. */
function faultOf({ wrote, writable, advice }: ProbeReport): string | undefined {
  if (writable.length === 0) return 'no write target can be read and written to here: the page says what each answered';
  if (!wrote) return 'nothing was written, so most is not known: say yes on a terminal, or --yes';
  if (advice.some(({ field }) => field === 'write.target')) return undefined;
  return 'no write target fits: none took a write, showed it and kept the other keys';
}

/** Asks on a terminal; without one, the answer is no. */
async function confirmed({ conversationId, participant, keys, targets }: Subject): Promise<boolean> {
  const { id, purpose = 'of no purpose', state = 'in no state' } = participant;
  const answer = await askTerminal()?.(
    `Write ${keys.join(' and ')} to participant ${id} (${purpose}, ${state})\nof the live call ${conversationId}, by ${targets.join(', ')}? [y/N] `,
  );
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

/** Once armed, a first Ctrl-C or SIGTERM ends the probe when it has cleaned up; a second one ends it at once. */
function stopOnSignal(): { arm: () => void; stopped: () => boolean; release: () => void } {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    release();
    say('ends when the keys of this target are empty; a second signal ends it at once');
  };
  const release = (): void => {
    for (const signal of signals) process.off(signal, stop);
  };
  const arm = (): void => {
    for (const signal of signals) process.on(signal, stop);
  };
  return { arm, stopped: () => stopped, release };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function complain(message: string, code: number): number {
  say(`attributed: ${message}`);
  return code;
}
