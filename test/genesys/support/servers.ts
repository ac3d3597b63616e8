import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server as NetServer, type Socket } from 'node:net';

/** What a server saw of a request. */
interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server on a port of its own. */
export interface TestServer {
  url: string;
  port: number;
  /** Requests that came, whole. */
  seen: Seen[];
  /** Connections that were ever made to it. */
  connections: number;
  close(): Promise<void>;
}

/** An HTTP server; with `tls` an HTTPS one. The listener is called once a request is there whole. */
export async function serve(listener: RequestListener, tls?: { key: string; cert: string }): Promise<TestServer> {
  const seen: Seen[] = [];
  const whole: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString('utf8') });
      listener(request, response);
    });
  };
  const server = tls === undefined ? http.createServer(whole) : https.createServer(tls, whole);
  return open(server, seen, tls === undefined ? 'http' : 'https');
}

/** A server that does with raw sockets what it wants. */
export async function serveRaw(onSocket: (socket: Socket) => void): Promise<TestServer> {
  return open(
    net.createServer((socket) => {
      socket.on('error', () => undefined);
      onSocket(socket);
    }),
    [],
    'http',
  );
}

/** A listener that answers with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

async function open(server: Server | NetServer, seen: Seen[], scheme: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const { port } = await new Promise<AddressInfo>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server.address() as AddressInfo);
    });
  });
  const opened: TestServer = {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    seen,
    connections: 0,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return closed(server);
    },
  };
  server.on('connection', (socket: Socket) => {
    opened.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return opened;
}

function closed(server: Server | NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
