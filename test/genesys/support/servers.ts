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

export interface TestProxy extends TestServer {
  /** Hosts that it was asked to connect to, and with which credentials. */
  connects: { host: string; authorization: string | undefined }[];
  /** What went through it towards the targets. */
  bytes: Buffer[];
}

/** A proxy that tunnels every CONNECT to `target` (a port), whatever host it names, or refuses it with a status. */
export async function serveProxy(target: number, { refuse }: { refuse?: number } = {}): Promise<TestProxy> {
  const connects: TestProxy['connects'] = [];
  const bytes: Buffer[] = [];
  const tunnels = new Set<Socket>();
  const server = http.createServer();
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    connects.push({ host: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    client.on('error', () => undefined);
    if (refuse !== undefined) {
      client.end(`HTTP/1.1 ${refuse} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const upstream = net.connect(target, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    tunnels.add(client).add(upstream);
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (chunk) => bytes.push(chunk));
    client.pipe(upstream).pipe(client);
  });
  const opened = await open(server, [], 'http');
  return Object.assign(opened, {
    connects,
    bytes,
    close: async (): Promise<void> => {
      for (const tunnel of tunnels) tunnel.destroy();
      await closed(server);
    },
  });
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
