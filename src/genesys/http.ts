import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import axios, { AxiosError, type AxiosResponse } from 'axios';
import { messageOf } from '../base/errors.js';
import type { Agents } from './agents.js';
import type { Answer } from './answer.js';
import { connectionTrouble } from './connection-trouble.js';
import { NoAnswer, Withdrawn } from './errors.js';
import { Tunnels } from './tunnels.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Headers and body of a request at the moment at which it goes to the wire. */
export interface Composed {
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

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

/** An answer larger than this is not read, in bytes: a conversation takes some kB (genesys-cloud.md §4). */
const largestAnswer = 16 * 1024 * 1024;

/**
 * One HTTP exchange. Any status is an answer. Throws `NoAnswer` (with `sent`) and `Withdrawn`, nothing else.
 */
export async function exchange(agents: Agents, { method, url, timeout, headers = {}, compose }: HttpRequest): Promise<Answer> {
  const wire = new LateRequest(compose);
  try {
    const agent = agents.for(url);
    wire.through = agent instanceof Tunnels ? agent.host : undefined;
    const response = await axios.request<string>({
      method,
      url,
      // identity: compressing gateways change ETags (design.md §6); axios would call an empty body a form
      headers: { accept: 'application/json', 'accept-encoding': 'identity', 'content-type': false, ...headers },
      httpAgent: agent,
      httpsAgent: agent,
      proxy: false,
      transport: wire,
      maxRedirects: 0,
      maxContentLength: largestAnswer,
      responseType: 'text',
      transformResponse: (text: string) => text,
      validateStatus: () => true,
      timeout,
      // axios' own timeout covers neither a hanging CONNECT nor a dripping body (operations.md)
      signal: AbortSignal.timeout(timeout),
    });
    return answerOf(response, secretsOf(url, headers));
  } catch (error) {
    if (wire.state === 'withdrawn') throw new Withdrawn();
    throw new NoAnswer(`${method} ${pathOf(url)}`, reasonOf(error, timeout, wire), wire.state === 'sent');
  }
}

/**
 * The transport under axios: opens the request, waits until its socket is connected, and only then asks for the
 * headers and the body. `http.request` would fix them before a connection stands.
 */
class LateRequest {
  state: 'waiting' | 'sent' | 'withdrawn' = 'waiting';
  /** Host and port of the proxy that it goes through. */
  through: string | undefined;
  readonly #compose: () => Composed | undefined;

  constructor(compose: (() => Composed | undefined) | undefined) {
    this.#compose = compose ?? (() => ({}));
  }

  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
    const request = (options.protocol === 'https:' ? https : http).request(options, onResponse);
    const end = request.end.bind(request);
    request.once('socket', (socket) => {
      whenConnected(socket, () => {
        try {
          this.#send(request, end);
        } catch (error) {
          // left to the socket's event, it would end the process: an ETag that no header can carry is enough for it
          request.destroy(new Error(messageOf(error)));
        }
      });
    });
    // axios is given no body and calls only this; what is sent is decided above
    request.end = () => request;
    return request;
  }

  #send(request: ClientRequest, end: (body?: string) => unknown): void {
    if (request.destroyed) return;
    const composed = this.#compose();
    if (composed === undefined) {
      this.state = 'withdrawn';
      request.destroy();
      return;
    }
    for (const [name, value] of Object.entries(composed.headers ?? {})) request.setHeader(name, value);
    if (composed.body !== undefined) request.setHeader('content-length', Buffer.byteLength(composed.body));
    else if (request.method !== 'GET' && request.method !== 'HEAD') request.setHeader('content-length', 0);
    this.state = 'sent';
    end(composed.body);
  }
}

function whenConnected(socket: Socket, run: () => void): void {
  const secure = 'encrypted' in socket;
  if (!socket.connecting && (!secure || !('secureConnecting' in socket && socket.secureConnecting === true))) run();
  else socket.once(secure ? 'secureConnect' : 'connect', run);
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
  const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
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

function reasonOf(error: unknown, timeout: number, { state, through }: LateRequest): string {
  if (axios.isCancel(error) || (error instanceof AxiosError && error.code === AxiosError.ECONNABORTED)) {
    const tunnel = state === 'waiting' && through !== undefined ? `, no tunnel through the proxy ${through}: check HTTPS_PROXY` : '';
    return `nothing came within ${timeout} ms${tunnel}`;
  }
  return connectionTrouble(error);
}

/** A URL without host and query, as it may stand in a message: without the id of a channel, which is a secret. */
export function pathOf(url: string): string {
  return new URL(url).pathname.replace(/(?<=\/notifications\/channels\/)[^/]+/, '…');
}
