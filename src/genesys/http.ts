import type { Agent } from 'node:http';
import axios, { Axios, AxiosHeaders, type AxiosAdapter, type AxiosResponse } from 'axios';
import type { Agents } from './agents.js';
import type { Answer } from './answer.js';
import { connectionTrouble } from './connection-trouble.js';
import { NoAnswer, Withdrawn } from './errors.js';
import { LateRequest, type Composed } from './late-request.js';
import { Tunnels } from './tunnels.js';

export type { Composed } from './late-request.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  method: Method;
  url: string;
  /** Milliseconds for the whole exchange, connecting included. */
  timeout: number;
  headers?: Readonly<Record<string, string>>;
  /**
   * Called once a connected socket is there and the request is about to be written to it, so that a precondition
   * is as fresh as it can be (design.md §1.1). `undefined` takes the request back.
   */
  compose?: () => Composed | undefined;
}

/**
 * One HTTP exchange. Any status is an answer. Throws `NoAnswer` (with `sent`) and `Withdrawn`, nothing else.
 */
export async function exchange(agents: Agents, request: HttpRequest): Promise<Answer> {
  const { method, url, timeout, headers = {}, compose = nothing } = request;
  let late: LateRequest | undefined;
  let agent: Agent | undefined;
  try {
    agent = agents.for(url);
    late = new LateRequest({ agent, timeout, compose });
    const response = await client.request<string>({
      method,
      url,
      headers: { ...usualHeaders, ...headers },
      adapter: adapterOf(late),
    });
    return answerOf(response, secretsOf(url, headers));
  } catch (error) {
    if (late?.state === 'withdrawn') throw new Withdrawn();
    const reason = late?.late === true ? `nothing came within ${timeout} ms${tunnelOf(late, agent)}` : connectionTrouble(error);
    throw new NoAnswer(`${method} ${pathOf(url)}`, reason, late?.state === 'sent');
  }
}

/** `identity`: compressing gateways change ETags (design.md §6). Without `false` axios would call an empty body a form. */
const usualHeaders = {
  accept: 'application/json',
  'accept-encoding': 'identity',
  'content-type': false,
  'user-agent': `axios/${axios.VERSION}`,
};

/** Without axios' defaults, of which none is wanted: merging them into each request cost more than the rest of axios. */
const client = new Axios({});

function adapterOf(late: LateRequest): AxiosAdapter {
  return async (config) => {
    const { url = '', method = 'get' } = config;
    const { status, headers, text } = await late.send({ method: method.toUpperCase(), url, headers: config.headers.toJSON() });
    // set as they came: what its own setters check of each, Node's parser has checked
    return { status, statusText: '', headers: Object.assign(new AxiosHeaders(), headers), data: text, config };
  };
}

const nothing = (): Composed => ({});

/** A proxy without a tunnel is named. */
function tunnelOf({ state }: LateRequest, agent: Agent | undefined): string {
  return state === 'waiting' && agent instanceof Tunnels ? `, no tunnel through the proxy ${agent.host}: check HTTPS_PROXY` : '';
}

/** What a server may repeat of a request and nobody may see: its token, and a channel's id. */
function secretsOf(url: string, headers: Readonly<Record<string, string>>): string[] {
  const token = headers['authorization']?.split(' ')[1];
  const channel = /\/channels\/([^/?]+)/.exec(url)?.[1];
  return [token, channel].filter((secret) => secret !== undefined);
}

function answerOf({ status, headers, data: text }: AxiosResponse<string>, secrets: readonly string[]): Answer {
  // what is granted comes in a success; a refusal that repeats a secret goes into the log
  const data = status < 400 ? text : secrets.reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const body = parseBody(data);
  return {
    status,
    headers: flat,
    body,
    code: codeOf(body),
    correlationId: flat['inin-correlation-id'] ?? flat['x-correlation-id'] ?? textField(body, 'contextId'),
  };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** API errors carry `code`, OAuth errors `error`. */
function codeOf(body: unknown): string | undefined {
  return textField(body, 'code') ?? textField(body, 'error');
}

function textField(body: unknown, name: string): string | undefined {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A URL without host and query, as it may stand in a message: without the id of a channel, which is a secret. */
export function pathOf(url: string): string {
  return new URL(url).pathname.replace(/(?<=\/notifications\/channels\/)[^/]+/, '…');
}
