import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';

/** What a proxy does with a CONNECT. `silent`: never answers; `deaf`: says 200, and passes nothing on; a number: refuses with it. */
export type ProxyMode = 'pass' | 'silent' | 'deaf' | number;

/** A CONNECT proxy that tunnels to one port, whatever host is named, over HTTP or HTTPS; its mode can be switched. */
export class ConnectProxy {
  mode: ProxyMode = 'pass';
  /** `user:password` that it wants; undefined for none. */
  login: string | undefined;
  /** Hosts that it was asked for, in order. */
  readonly asked: string[] = [];
  readonly #server: http.Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #stalled = false;

  constructor(target: number, tls?: { key: string; cert: string }) {
    this.#target = target;
    this.#server = tls === undefined ? http.createServer() : https.createServer(tls);
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('connection', (socket: Socket) => {
      this.#keep(socket);
    });
    this.#server.on('connect', (request: IncomingMessage, client: Socket) => {
      client.on('error', () => undefined).on('end', () => client.destroy());
      client.resume();
      this.#connect(request, client);
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.port;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that stand, to it and from it. */
  get live(): number {
    return this.#sockets.size;
  }

  /** Tunnels stay open, and nothing passes through them any more. */
  stall(): void {
    this.#stalled = true;
  }

  /** Ends all connections; tunnels that are made from now on pass. */
  drop(): void {
    this.#stalled = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.drop();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
  }

  #connect(request: IncomingMessage, client: Socket): void {
    this.asked.push(request.url ?? '');
    const wanted = this.login === undefined ? undefined : `Basic ${Buffer.from(this.login).toString('base64')}`;
    const mode = wanted !== undefined && request.headers['proxy-authorization'] !== wanted ? 407 : this.mode;
    if (mode === 'silent') return;
    if (typeof mode === 'number') return void client.end(`HTTP/1.1 ${mode} No\r\nContent-Length: 0\r\n\r\n`);
    if (mode === 'deaf') return void client.write('HTTP/1.1 200 OK\r\n\r\n');
    const upstream = net.connect(this.#target, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    this.#keep(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        if (!this.#stalled) to.write(chunk);
      });
      from.on('close', () => to.destroy());
    }
  }
}
