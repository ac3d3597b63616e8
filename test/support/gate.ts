import net, { type AddressInfo, type Socket } from 'node:net';

/** Stands before a server and lets connections through, until it is shut: then they are refused, as if nothing listened. */
export class Gate {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = net.createServer((client) => {
    const upstream = net.connect(this.#target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  #port = 0;

  /** @param url the server's */
  constructor(url: string) {
    this.#target = Number(new URL(url).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, always on the port that the system chose for it at first. */
  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends what is connected, and refuses what comes. */
  async shut(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
