import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** The streaming host: real WebSockets on a port of its own, and switches for how upgrades fare. */
export class Streaming {
  /** Sockets that were ever opened, and the paths that were asked for, refused ones included. */
  readonly sockets: WebSocket[] = [];
  readonly upgrades: { path: string; headers: IncomingMessage['headers'] }[] = [];
  /** Text frames that came. */
  readonly heard: string[] = [];
  /** How the next upgrades are answered: with a status, or (0) not at all. */
  refuse: number | undefined;
  /** What is answered to a message of a client, if anything; `path` is that of its socket. */
  reply: (message: { message: string; topics?: string[]; correlationId?: string }, path: string) => unknown = () => undefined;
  readonly #http = http.createServer();
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #held: Duplex[] = [];

  static async open(): Promise<Streaming> {
    const streaming = new Streaming();
    await new Promise<void>((resolve) => streaming.#http.listen(0, '127.0.0.1', resolve));
    streaming.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      streaming.#upgrade(request, socket, head);
    });
    return streaming;
  }

  uri(id = 'streaming-1'): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/channels/${id}`;
  }

  /** Sockets that are open now. */
  get live(): number {
    return this.#server.clients.size;
  }

  get last(): WebSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }

  /** Sends a frame over the last socket. */
  send(frame: unknown): void {
    this.last.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  event(n: number, socket = this.last): void {
    socket.send(JSON.stringify({ topicName: 'v2.x', eventBody: { n }, metadata: {} }));
  }

  close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    for (const socket of this.#held) socket.destroy();
    this.#server.close();
    return new Promise((resolve) => {
      this.#http.close(() => {
        resolve();
      });
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgrades.push({ path: request.url ?? '', headers: request.headers });
    socket.on('error', () => undefined);
    if (this.refuse === 0) {
      this.#held.push(socket);
      return;
    }
    if (this.refuse !== undefined) {
      socket.end(`HTTP/1.1 ${this.refuse} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => undefined);
      opened.on('message', (data: Buffer) => {
        const text = data.toString('utf8');
        this.heard.push(text);
        const reply = this.reply(JSON.parse(text) as Parameters<Streaming['reply']>[0], request.url ?? '');
        if (reply !== undefined) opened.send(JSON.stringify(reply));
      });
      this.sockets.push(opened);
    });
  }
}
