import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';

/** HTTPS and wss in front of a server on a port that speaks neither. */
export class TlsFront {
  readonly #server: https.Server;
  readonly #sockets = new Set<Socket>();

  constructor(target: number, tls: { key: string; cert: string }) {
    this.#server = https.createServer(tls, (request, response) => {
      const { method, url, headers } = request;
      const upstream = http.request({ host: '127.0.0.1', port: target, method, path: url, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          // the server knows nothing of the TLS before it
          const body = Buffer.concat(chunks).toString('utf8').replaceAll('"ws://', '"wss://');
          delete answer.headers['transfer-encoding'];
          const length = answer.statusCode === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
          response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...length }).end(body);
        });
      });
      upstream.on('error', () => response.destroy());
      request.pipe(upstream);
    });
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, client: Socket) => {
      const upstream = net.connect(target, '127.0.0.1', () => {
        const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
        upstream.write(`GET ${request.url ?? ''} HTTP/1.1\r\n${headers.join('')}\r\n`);
        client.pipe(upstream).pipe(client);
      });
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
