import http from 'node:http';
import type { Command } from 'commander';
import { AttributedError, messageOf } from '../base/errors.js';
import { ConfigInvalid, loadConfig } from '../config/load.js';
import { readSecret } from '../config/secrets.js';
import { configPlace, usualPlaces } from './config-place.js';
import { exitCodes } from './exit-codes.js';

/** A daemon that is alive answers in far less, in ms. */
const patience = 10_000;

/** What each command takes that asks a running daemon. */
export interface AskOptions {
  config?: string;
  json: boolean;
  tokenFile?: string;
}

/** A request of the local API. */
export interface Question {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
}

/** The daemon could not be asked, or refused; the message says what to do. */
export class NotAnswered extends AttributedError {
  readonly code = 'ask.failed';
  readonly retry = 'never';
}

/** Adds the options of a command that asks a running daemon. */
export function asking(command: Command): Command {
  return command
    .option('-c, --config <file>', `config file of the daemon (default: ${usualPlaces.join(', else ')})`)
    .option('--json', 'print what the local API answers', false)
    .option('--token-file <file>', 'file with the token, where the config’s http.tokenFile cannot be read')
    .option('--secret-file <file>', 'not needed here, and taken so that scripts may give it to every command');
}

/**
 * Asks the daemon of a config over its local API; resolves with the answer's body, undefined if it has none.
 * Throws `NotAnswered`, or `ConfigInvalid`.
 */
export async function ask(options: AskOptions, question: Question): Promise<unknown> {
  const { listen, token } = placeOf(options);
  const { status, body } = await exchange(listen, token, question);
  if (status < 300) return body;
  if (status === 401) throw new NotAnswered('the token is missing or wrong: give --token-file FILE with the content of http.tokenFile');
  const { message = `status ${status}`, remedy = 'see the daemon’s log' } = refusalOf(body);
  throw new NotAnswered(`${message}: ${remedy}`);
}

/** Runs what a command does, and tells an invalid config as every command does, with 78. */
export async function answering(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.configInvalid;
  }
}

function placeOf({ config: named, tokenFile }: AskOptions): { listen: string; token: string | undefined } {
  const file = configPlace(named);
  if (file === undefined) {
    throw new NotAnswered(`there is no config ${named ?? usualPlaces.join(' and no ')}: name the one that the daemon runs with by -c FILE`);
  }
  const { config, secret } = loadConfig(file, {
    credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'],
    credentialsElsewhere: 'ignore',
  });
  const { listen, tokenFile: configured } = config.http;
  if (listen === 'off') throw new NotAnswered(`http.listen is off in ${file}: without the local API the daemon cannot be asked`);
  if (listen.endsWith(':0')) throw new NotAnswered(`http.listen is ${listen} in ${file}: give the daemon a fixed port, or a unix socket`);
  if (tokenFile !== undefined) return { listen, token: readSecret(tokenFile) };
  if (configured === undefined) return { listen, token: undefined };
  try {
    return { listen, token: secret(configured) };
  } catch {
    // it may exist only inside the unit; the daemon says so if it wants it
    return { listen, token: undefined };
  }
}

function exchange(
  listen: string,
  token: string | undefined,
  { method = 'GET', path }: Question,
): Promise<{ status: number; body: unknown }> {
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...addressOf(listen), agent: false, method, path, headers, timeout: patience }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString('utf8')) });
        } catch {
          reject(new NotAnswered(`what answers at ${listen} is no attributed: check http.listen`));
        }
      });
    });
    request.on('timeout', () => {
      request.destroy(new NotAnswered(`the daemon at ${listen} gave no answer within ${patience / 1000} s: see its log`));
    });
    request.on('error', (error) => {
      reject(error instanceof NotAnswered ? error : new NotAnswered(whyNot(listen, error)));
    });
    request.end();
  });
}

function addressOf(listen: string): { socketPath: string } | { host: string; port: string } {
  if (listen.startsWith('unix:')) return { socketPath: listen.slice(5) };
  const { hostname, port } = new URL(`tcp://${listen}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  // a wildcard is where it listens, not where it can be called
  const callable: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return { host: callable[host] ?? host, port };
}

function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

function whyNot(listen: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'EACCES') return `you may not open ${listen}: become a member of its group (attributed), or use sudo`;
  const none = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
  return `no daemon answers at ${listen}${none ? '' : ` (${messageOf(error)})`}: start it, or name its config by -c FILE`;
}

function refusalOf(body: unknown): { message?: string; remedy?: string } {
  return typeof body === 'object' && body !== null ? body : {};
}
