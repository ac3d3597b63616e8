import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { messageOf } from '../base/errors.js';
import { ConfigInvalid, loadConfig } from '../config/load.js';
import { didYouMean } from '../config/fault.js';
import { regions } from '../config/regions.js';
import { firstConfig, type FirstAnswers } from '../contact/first-config.js';
import { exitCodes } from './exit-codes.js';

/** What `attributed init` takes. */
export interface InitOptions {
  out: string;
  region?: string;
  apiUrl?: string;
  loginUrl?: string;
  clientId?: string;
  secretFile?: string;
  topic: string[];
  yes: boolean;
}

/** The group of the daemon may read it; it holds no secret. */
const mode = 0o640;

const usual = {
  region: 'mypurecloud.com',
  secretFile: '%d/client-secret',
  topic: "{ queues: '*', suffix: conversations.calls }",
} as const;

/** Writes the config and says what to do next; resolves with the exit code. It never overwrites, and leaves no file that is not valid. */
export async function writeFirstConfig(options: InitOptions): Promise<number> {
  const { out } = options;
  const answers = await answersOf(options);
  if ('missing' in answers) return complain(`${answers.missing} must be given: there is no terminal to ask on`, exitCodes.crashed);
  const fault = 'region' in answers.hosts ? regionFault(answers.hosts.region) : undefined;
  if (fault !== undefined) return complain(fault, exitCodes.configInvalid);
  const example = readFileSync(new URL('../../config/attributed.yaml', import.meta.url), 'utf8');
  try {
    writeFileSync(out, firstConfig(example, answers), { flag: 'wx', mode });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    return complain(
      exists ? `${out} exists, and init never overwrites a file: name another one by --out` : messageOf(error),
      exitCodes.crashed,
    );
  }
  // the umask may have taken the group away
  chmodSync(out, mode);
  return tellNext(out, answers);
}

function tellNext(out: string, { clientSecretFile }: FirstAnswers): number {
  try {
    const { warnings } = loadConfig(out, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'ignore' });
    const inUnit = clientSecretFile.startsWith('%d/');
    const steps = [
      ...(warnings.length > 0 && !inUnit ? [`put the client's secret into ${clientSecretFile}, readable by the daemon alone`] : []),
      `attributed check -c ${out} --online${inUnit ? ' --secret-file FILE' : ''}`,
      'attributed probe, on a live test call, then set write.target as it says',
      `write rules: examples stand in ${out}`,
    ];
    process.stdout.write(`${out} is written. Next:\n${steps.map((step, index) => `  ${index + 1}. ${step}\n`).join('')}`);
    return exitCodes.stopped;
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    rmSync(out);
    return complain(`${error.message}\nattributed: nothing was written`, exitCodes.configInvalid);
  }
}

async function answersOf(options: InitOptions): Promise<FirstAnswers | { missing: string }> {
  const { region, apiUrl, loginUrl = apiUrl, clientId, secretFile, topic, yes } = options;
  const asking = process.stdin.isTTY && !yes;
  const terminal = asking ? createInterface({ input: process.stdin, output: process.stderr }) : undefined;
  const ask = async (question: string, fallback = ''): Promise<string> => {
    const answer = (await terminal?.question(`${question}${fallback === '' ? '' : ` [${fallback}]`}: `))?.trim() ?? '';
    return answer === '' ? fallback : answer;
  };
  try {
    const hosts =
      apiUrl !== undefined && loginUrl !== undefined
        ? { apiUrl, loginUrl }
        : { region: region ?? (asking ? await ask('Region domain', usual.region) : '') };
    const id = clientId ?? (asking ? await ask('Id of the OAuth client (client credentials grant)') : '');
    const missing = [...('region' in hosts && hosts.region === '' ? ['--region'] : []), ...(id === '' ? ['--client-id'] : [])];
    if (missing.length > 0) return { missing: missing.join(' and ') };
    const secret = secretFile ?? (await ask('File with its secret; %d/… is one of the systemd unit', usual.secretFile));
    const asked = topic.length > 0 ? topic : [await ask('Topic, or selector of queues or users', usual.topic)];
    // a relative path would start at the config file, not where the command was given
    const clientSecretFile = secret.startsWith('%d/') ? secret : resolve(secret);
    return { hosts, clientId: id, clientSecretFile, topics: asked };
  } finally {
    terminal?.close();
  }
}

function regionFault(region: string): string | undefined {
  if (regions.some((known) => known === region)) return undefined;
  return `there is no region ${region}, expected one of ${regions.join(', ')}${didYouMean(region, regions)}`;
}

function complain(message: string, code: number): number {
  process.stderr.write(`attributed: ${message}\n`);
  return code;
}
