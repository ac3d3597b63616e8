import http, { type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { messageOf } from '../base/errors.js';
import { textOf } from './answer-body.js';

/** Headers and body of a request at the moment at which it goes to the wire. */
export interface Composed {
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/**
 * One request, in place of axios' own adapter for Node: opens it, waits until its socket is connected, and only then asks for
 * the headers and the body. `http.request` would fix them before a connection stands. It follows no redirect, and
 * leaves out the streams that axios puts around Node's: with them a PATCH took three times the CPU (test/bench/http.ts).
 */
export class LateRequest {
  state: 'waiting' | 'sent' | 'withdrawn' = 'waiting';
  /** Whether it was given up because its time was over. */
  late = false;
  readonly #agent: Agent;
  readonly #timeout: number;
  readonly #compose: () => Composed | undefined;

  /**
   * @param deps.timeout milliseconds for the whole exchange; the agent's own covers neither a hanging CONNECT nor a dripping body
   * @param deps.compose `undefined` takes the request back
   */
  constructor({ agent, timeout, compose }: { agent: Agent; timeout: number; compose: () => Composed | undefined }) {
    this.#agent = agent;
    this.#timeout = timeout;
    this.#compose = compose;
  }

  /** To be handed to axios. Any status is an answer; rejects if none came whole. */
  readonly adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse<string>> =>
    new Promise((resolve, reject) => {
      const url = new URL(config.url ?? '');
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        method: config.method?.toUpperCase() ?? 'GET',
        agent: this.#agent,
        headers: config.headers.toJSON(),
      });
      const timer = setTimeout(() => {
        this.late = true;
        fail(new Error('its time was over'));
      }, this.#timeout);
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(messageOf(error)));
        request.destroy();
      };
      const answered = async (response: IncomingMessage): Promise<void> => {
        const data = await textOf(response);
        clearTimeout(timer);
        const { statusCode: status = 0, statusMessage: statusText = '' } = response;
        // set as they came: what its setters check of each, Node's parser has checked
        const headers = new AxiosHeaders();
        for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value);
        resolve({ status, statusText, headers, data, config, request });
      };
      request.on('error', fail);
      request.once('response', (response) => {
        answered(response).catch(fail);
      });
      request.once('socket', (socket) => {
        whenConnected(socket, () => {
          try {
            this.#send(request);
          } catch (error) {
            // left to the socket's event, it would end the process: an ETag that no header can carry is enough for it
            fail(error);
          }
        });
      });
    });

  #send(request: ClientRequest): void {
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
    request.end(composed.body);
  }
}

function whenConnected(socket: Socket, run: () => void): void {
  const secure = 'encrypted' in socket;
  if (!socket.connecting && (!secure || !('secureConnecting' in socket && socket.secureConnecting === true))) run();
  else socket.once(secure ? 'secureConnect' : 'connect', run);
}
