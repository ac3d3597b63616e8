import { resolve } from 'node:path';
import { AttributedError } from '../base/errors.js';
import { didYouMean } from '../config/fault.js';
import { regions } from '../config/regions.js';
import type { FirstAnswers } from '../contact/first-config.js';
import type { Ask } from './ask-terminal.js';
import { exitCodes } from './exit-codes.js';

/** What flags say of a first config. */
export interface AnswerOptions {
  region?: string;
  apiUrl?: string;
  loginUrl?: string;
  clientId?: string;
  secretFile?: string;
  topic: readonly string[];
  outboxDir?: string;
}

/** No config is written; the message says why. */
export class InitImpossible extends AttributedError {
  readonly code = 'init.impossible';
  readonly retry = 'never';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.crashed) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Question {
  question: string;
  /** The usual answer. */
  fallback?: string;
  faultOf?: (answer: string) => string | undefined;
}

const questions = {
  region: { question: 'Region domain', fallback: 'mypurecloud.com', faultOf: regionFault },
  clientId: {
    question: 'Id of the OAuth client (client credentials grant)',
    faultOf: (answer) => (answer === '' ? 'it is needed' : undefined),
  },
  secretFile: { question: 'File with its secret; %d/… is one of the systemd unit', fallback: '%d/client-secret' },
  topic: { question: 'Topic, or selector of queues or users', fallback: "{ queues: '*', suffix: conversations.calls }" },
  outboxDir: { question: 'Directory where wishes are kept until they are written', fallback: '/var/lib/attributed' },
} as const satisfies Record<string, Question>;

/** What a first config is to say, by flags and then by questions; without `ask`, what is not given is as usual. Throws `InitImpossible`. */
export async function firstAnswers(options: AnswerOptions, ask: Ask | undefined): Promise<FirstAnswers> {
  const { region, apiUrl, loginUrl, clientId, secretFile, topic, outboxDir } = options;
  if (loginUrl !== undefined && apiUrl === undefined) throw new InitImpossible('--login-url goes with --api-url: give both, or --region');
  const fault = region === undefined ? undefined : regionFault(region);
  if (fault !== undefined) throw new InitImpossible(fault, exitCodes.configInvalid);
  if (ask === undefined) requireFlags(options);
  const hosts =
    apiUrl === undefined ? { region: region ?? (await answered(ask, questions.region)) } : { apiUrl, loginUrl: loginUrl ?? apiUrl };
  const id = clientId ?? (await answered(ask, questions.clientId));
  const secret = secretFile ?? (await answered(ask, questions.secretFile));
  const topics = topic.length > 0 ? topic : [await answered(ask, questions.topic)];
  const outbox = outboxDir ?? (await answered(ask, questions.outboxDir));
  // a relative path would start at the config file, not where the command was given
  const clientSecretFile = secret.startsWith('%d/') ? secret : resolve(secret);
  return { hosts, clientId: id, clientSecretFile, topics, outboxDir: resolve(outbox) };
}

function requireFlags({ region, apiUrl, clientId }: AnswerOptions): void {
  const missing = [
    ...(region === undefined && apiUrl === undefined ? ['--region (or --api-url)'] : []),
    ...(clientId === undefined ? ['--client-id'] : []),
  ];
  if (missing.length > 0)
    throw new InitImpossible(`give ${missing.join(' and ')}: nothing is asked where there is no terminal, or with --yes`);
}

function regionFault(region: string): string | undefined {
  if (regions.some((known) => known === region)) return undefined;
  return `there is no region ${region}, expected one of ${regions.join(', ')}${didYouMean(region, regions)}`;
}

/** Asks until the answer is one that can be used; an empty one, or nobody to ask, is the usual one. */
async function answered(
  ask: Ask | undefined,
  { question, fallback = '', faultOf = (): undefined => undefined }: Question,
): Promise<string> {
  if (ask === undefined) return fallback;
  for (let before = ''; ;) {
    const said = (await ask(`${before}${question}${fallback === '' ? '' : ` [${fallback}]`}: `))?.trim();
    if (said === undefined) throw new InitImpossible('left: nothing was written');
    const answer = said === '' ? fallback : said;
    const fault = faultOf(answer);
    if (fault === undefined) return answer;
    before = `${fault}\n`;
  }
}
