import { chmodSync, constants, copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf } from '../base/errors.js';
import { ConfigInvalid, loadConfig } from '../config/load.js';
import { firstConfig, type FirstAnswers } from '../contact/first-config.js';
import type { Ask } from './ask-terminal.js';
import { exitCodes } from './exit-codes.js';
import { firstAnswers, InitImpossible, type AnswerOptions } from './first-answers.js';

/** What `attributed init` takes. */
export interface InitOptions extends AnswerOptions {
  out: string;
  force: boolean;
}

export interface InitDeps {
  /** Undefined where nobody can be asked. */
  ask: Ask | undefined;
  /** Write to stdout and stderr. */
  tell: (text: string) => void;
  complain: (text: string) => void;
}

/** The group of the daemon may read it; it holds no secret. */
const mode = 0o640;

/** Writes the config and says what to do next; resolves with the exit code. It leaves no file that is not valid. */
export async function writeFirstConfig(options: InitOptions, { ask, tell, complain }: InitDeps): Promise<number> {
  const { out, force } = options;
  try {
    if (!force && existsSync(out)) throw new InitImpossible(occupied(out));
    const answers = await firstAnswers(options, ask);
    const example = readFileSync(new URL('../../config/attributed.yaml', import.meta.url), 'utf8');
    const secretIsThere = write(firstConfig(example, answers), options);
    tell(`${out} is written. Next:\n${stepsFrom(out, answers, secretIsThere)}`);
    return exitCodes.stopped;
  } catch (error) {
    if (error instanceof ConfigInvalid) {
      complain(`attributed: nothing was written, as it would not be valid:\n${error.message.replaceAll(draftOf(out), out)}\n`);
      return exitCodes.configInvalid;
    }
    complain(`attributed: ${messageOf(error)}\n`);
    return error instanceof InitImpossible ? error.exitCode : exitCodes.crashed;
  }
}

/** Puts a valid config in its place, whole or not at all; returns whether all its secrets are there. Throws `ConfigInvalid`. */
function write(text: string, { out, force }: InitOptions): boolean {
  const draft = draftOf(out);
  try {
    writeFileSync(draft, text, { flag: 'wx', mode });
    // the umask may have taken the group away
    chmodSync(draft, mode);
    const { warnings } = loadConfig(draft, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'ignore' });
    if (force) renameSync(draft, out);
    else copyFileSync(draft, out, constants.COPYFILE_EXCL);
    return warnings.length === 0;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw new InitImpossible(occupied(out));
    if (code === 'ENOENT') throw new InitImpossible(`${out} cannot be written: make its directory, or name another file by --out`);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Beside the config itself: relative paths start there. */
function draftOf(out: string): string {
  return `${out}.${process.pid}.draft`;
}

function occupied(out: string): string {
  return `${out} exists: name another file by --out, or overwrite it by --force`;
}

function stepsFrom(out: string, { clientSecretFile }: FirstAnswers, secretIsThere: boolean): string {
  const inUnit = clientSecretFile.startsWith('%d/');
  const secret = inUnit ? ' --secret-file FILE' : '';
  const steps = [
    ...(secretIsThere || inUnit ? [] : [`put the client's secret into ${clientSecretFile}, readable by the daemon alone`]),
    `attributed check -c ${out} --online${secret}`,
    `attributed probe -c ${out}${secret} --conversation ID, on a live test call; then set what it says`,
    `write your rules: examples stand in ${out}`,
    inUnit ? 'start the systemd unit (README, systemd)' : `attributed run -c ${out}`,
  ];
  return steps.map((step, index) => `  ${index + 1}. ${step}\n`).join('');
}
