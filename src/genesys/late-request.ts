import http, { type Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { messageOf } from '../base/errors.js';
import { textOf } from './answer-body.js';

/** Headers and body of a request at the moment at which it goes to the wire. */
export interface Composed {
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** An answer that came whole. */
export interface Whole {
  status: number;
  /** Under lower case names. */
  headers: Record<string, string>;
  text: string;
}

/**
 * One request: opened at once, and asked for its headers and its body only when its socket is connected. `http.request` would
 * fix them before a connection stands. It stands under axios in place of axios' own adapter for Node, follows no
 * redirect, and leaves out the streams that the other puts around Node's: with them a PATCH took twice the CPU (test/bench/http.ts).
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

  /** Any status is an answer; rejects if none came whole. */
  send({ method, url, headers }: { method: string; url: string; headers: OutgoingHttpHeaders }): Promise<Whole> {
    return new Promise((resolve, reject) => {
      const to = new URL(url);
      const request = (to.protocol === 'https:' ? https : http).request(to, { method, agent: this.#agent, headers });
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
        const text = await textOf(response);
        clearTimeout(timer);
        const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(flat), text });
      };
      request.on('error', fail);
      request.once('response', (response) => {
        answered(response).catch(fail);
      });
      request.once('socket', (socket) => {
        whenConnected(socket, () => {
          try {
            this.#write(request);
          } catch (error) {
            // left to the socket's event, it would end the process: an ETag that no header can carry is enough for it
            fail(error);
          }
        });
      });
    });
  }

  #write(request: ClientRequest): void {
    if (request.destroyed) return;
    const composed = this.#compose();
    if (composed === undefined) {
      this.state = 'withdrawn';
      throw new Error('it was taken back');
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
