import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { messageOf } from '../base/errors.js';
import { codeIn, connectionTrouble } from './connection-trouble.js';

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

/**
 * Tunnels through one proxy, kept alive. A tunnel that does not come about fails its request with an error that names the proxy,
 * never its credentials; it is given up, and its connection closed, when its deadline passes, also where its request was given up before.
 */
export class Tunnels extends HttpsProxyAgent<string> {
  /** Host and port of the proxy. */
  readonly host: string;
  readonly #connectTimeout: number;

  /** @param connectTimeout milliseconds for TCP, CONNECT and TLS together */
  constructor(proxy: URL, connectTimeout: number) {
    super(proxy, { keepAlive: true, scheduling: 'lifo' });
    this.host = proxy.host;
    this.#connectTimeout = connectTimeout;
  }

  override async connect(request: ClientRequest, options: ConnectOptions): Promise<Socket> {
    const connecting = new AbortController();
    let giveUp = (): void => {
      connecting.abort();
    };
    const timer = setTimeout(() => {
      giveUp();
    }, this.#connectTimeout);
    const settled = (): void => {
      clearTimeout(timer);
    };
    let status = 0;
    request.once('proxyConnect', (answer: { statusCode: number }) => {
      status = answer.statusCode;
    });
    // read by the base class before its first wait: each tunnel has a signal of its own
    this.connectOpts = { ...this.connectOpts, signal: connecting.signal };
    let socket: Socket;
    try {
      socket = await super.connect(request, options);
    } catch (error) {
      settled();
      throw new Error(connecting.signal.aborted ? this.#late('did not answer') : this.#unreachable(error), { cause: error });
    }
    if (status !== 200) {
      settled();
      socket.destroy();
      throw new Error(this.#refused(status));
    }
    if (options.secureEndpoint) {
      giveUp = (): void => {
        socket.destroy(new Error(this.#late(`let it pass, but TLS with ${options.host ?? ''} did not come about`)));
      };
      socket.once('secureConnect', settled).once('close', settled);
    } else settled();
    return socket;
  }

  #late(what: string): string {
    return `the proxy ${this.host} ${what} within ${this.#connectTimeout} ms: check HTTPS_PROXY, and whether the proxy works`;
  }

  /** The status is told as it is: it is the proxy's, and no answer of the platform. */
  #refused(status: number): string {
    const said = `the proxy ${this.host} answered CONNECT with status ${status}`;
    if (status === 407) return `${said}: it wants a login; put user and password into HTTPS_PROXY (http://user:password@host:port)`;
    if (status >= 500) return `${said}: it does not reach the host; check it, or name the host in NO_PROXY`;
    return `${said}: it does not let the host pass; have it allowed there, or name it in NO_PROXY`;
  }

  #unreachable(error: unknown): string {
    if (codeIn(error) === 'ECONNREFUSED' || codeIn(error) === 'ENOTFOUND')
      return `the proxy ${this.host} cannot be reached (${messageOf(error)}): check HTTPS_PROXY`;
    if (messageOf(error).includes('wrong version number'))
      return `the proxy ${this.host} does not speak TLS: write http:// before it in HTTPS_PROXY`;
    return `the proxy ${this.host} failed (${connectionTrouble(error)})`;
  }
}
