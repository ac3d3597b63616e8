import http, { type RequestListener } from 'node:http';
import { Socket, type LookupFunction } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createAgents, type Agents } from '../../src/genesys/agents.js';
import { NoAnswer } from '../../src/genesys/errors.js';
import { exchange, type HttpRequest } from '../../src/genesys/http.js';
import { eventually } from '../support/eventually.js';
import { settled } from '../support/fake-clock.js';
import { rejection } from './support/answers.js';
import { selfSigned } from './support/certificate.js';
import { cleanup } from './support/cleanup.js';
import { json, serve, serveRaw } from './support/servers.js';

const secret = 'hush-very-secret';

describe('exchange, when no answer comes', () => {
  const closing = cleanup();
  let agents: Agents;

  beforeEach(() => {
    agents = createAgents(() => '');
    closing(() => {
      agents.destroy();
    });
  });

  const url = async (listener: RequestListener, tls?: { key: string; cert: string }): Promise<string> => {
    const server = await serve(listener, tls);
    closing(() => server.close());
    return `${server.url}/p?q=${secret}`;
  };

  /** Makes a request that fails; whatever becomes of it, nothing secret may stand in the error. */
  const failure = async (request: Partial<HttpRequest> & { url: string }, over = agents): Promise<NoAnswer> => {
    const error = await rejection(
      exchange(over, {
        method: 'PATCH',
        timeout: 10_000,
        headers: { authorization: `Bearer ${secret}` },
        compose: () => ({ body: secret }),
        ...request,
      }),
    );
    if (!(error instanceof NoAnswer)) throw error;
    const told = [JSON.stringify(error), String(error), error.stack, inspect(error, { depth: Infinity, showHidden: true })].join();
    expect(told)
      .not.to.include(secret)
      .and.not.match(/authorization/i);
    return error;
  };

  it('says that a request to a closed port was not sent', async () => {
    const server = await serve(json(200, {}));
    await server.close();
    const error = await failure({ url: `${server.url}/p` });
    expect(error.sent).to.equal(false);
    expect(error.message).to.match(/^PATCH \/p: no answer, .*ECONNREFUSED.*; it was not sent$/);
  });

  it('gives up a connection that hangs, and sends nothing when it comes about later', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    let release: (() => void) | undefined;
    const lookup: LookupFunction = (_host, _options, done) => {
      release = (): void => {
        done(null, '127.0.0.1', 4);
      };
    };
    const agent = new http.Agent({ lookup, family: 4, keepAlive: true });
    closing(() => {
      agent.destroy();
    });
    let composed = 0;
    const compose = (): undefined => {
      composed += 1;
    };
    const error = await failure(
      { url: `http://platform.test:${server.port}/p`, timeout: 60, compose },
      { for: () => agent, destroy: () => undefined },
    );
    expect(error.sent).to.equal(false);
    expect(error.message).to.include('nothing came within 60 ms');
    release?.();
    await settled();
    expect(composed).to.equal(0);
    expect(server.seen).to.be.empty;
  });

  it('composes nothing for a request that was given up, even if its socket says later that it is connected', async () => {
    const socket = new Socket();
    Object.defineProperty(socket, 'connecting', { value: true });
    const agent = Object.assign(new http.Agent(), { createConnection: () => socket });
    closing(() => {
      agent.destroy();
    });
    let composed = 0;
    const compose = (): undefined => {
      composed += 1;
    };
    await failure({ url: 'http://platform.test/p', timeout: 60, compose }, { for: () => agent, destroy: () => undefined });
    socket.emit('connect');
    expect(composed).to.equal(0);
  });

  it('gives up a server that says nothing', async () => {
    const error = await failure({ url: await url(() => undefined), timeout: 60 });
    expect(error.sent).to.equal(true);
    expect(error.message).to.equal('PATCH /p: no answer, nothing came within 60 ms; it may have arrived');
  });

  it('gives up a body that drips', async () => {
    let drops = 0;
    const dripping = await url((_, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      const drip = setInterval(() => {
        drops += 1;
        response.write('x');
      }, 5);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    const error = await failure({ url: dripping, timeout: 150 });
    expect(error.sent).to.equal(true);
    expect(error.message).to.include('nothing came within 150 ms');
    expect(drops).to.be.greaterThan(0);
  });

  it('does not know what became of a request whose connection was reset', async () => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    closing(() => server.close());
    expect((await failure({ url: server.url })).sent).to.equal(true);
    expect((await failure({ url: await url((request) => request.socket.destroy()) })).sent).to.equal(true);
  });

  it('takes a body that was cut for no answer', async () => {
    const cut = await url((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":', () => response.socket?.destroy());
    });
    const error = await failure({ url: cut });
    expect(error.sent).to.equal(true);
    expect(error.message).not.to.include('nothing came within');
  });

  it('reads no answer that is larger than any should be', async () => {
    const chunk = 'x'.repeat(1024 * 1024);
    const large = await url((_, response) => {
      for (let written = 0; written < 17; written += 1) response.write(chunk);
      response.end();
    });
    const error = await failure({ url: large });
    expect(error.sent).to.equal(true);
    expect(error.message).to.match(/maxContentLength/);
  });

  it('reads no answer that is larger than any should be once it is unpacked, and none that cannot be', async () => {
    for (const [packed, reason] of [
      [gzipSync(Buffer.alloc(17 * 1024 * 1024)), /16777216 bytes/],
      [Buffer.from('no gzip at all'), /incorrect header/],
    ] as const) {
      const error = await failure({ url: await url((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed)) });
      expect(error.sent).to.equal(true);
      expect(error.message).to.match(reason);
    }
  });

  it('takes garbage in place of HTTP for no answer', async () => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n'));
    });
    closing(() => server.close());
    expect((await failure({ url: server.url })).sent).to.equal(true);
  });

  it('survives a composition that throws', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    const error = await failure({
      url: server.url,
      compose: () => {
        throw new Error('no such conversation');
      },
    });
    expect(error.sent).to.equal(false);
    expect(error.message).to.include('no such conversation');
    expect(server.seen).to.be.empty;
  });

  it('survives an ETag that no header can carry, and does not repeat it', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    const error = await failure({ url: server.url, compose: () => ({ headers: { 'if-match': `"${secret}\r\nx: y"` } }) });
    expect(error.sent).to.equal(false);
    expect(server.seen).to.be.empty;
  });

  it('does not name a channel, whose id is a secret', async () => {
    const server = await serve((request) => request.socket.destroy());
    closing(() => server.close());
    const error = await failure({ url: `${server.url}/api/v2/notifications/channels/${secret}/subscriptions?ignoreErrors=true` });
    expect(error.message).to.include('PATCH /api/v2/notifications/channels/…/subscriptions: no answer');
  });

  it('takes secrets out of a refusal that repeats them, and leaves what is granted alone', async () => {
    const repeating =
      (status: number): RequestListener =>
      (request, response) => {
        response.writeHead(status, { 'content-type': 'text/plain' }).end(`${request.headers.authorization ?? ''} at ${request.url ?? ''}`);
      };
    for (const [status, body] of [
      [401, 'Bearer … at /api/v2/notifications/channels/…/subscriptions'],
      [200, `Bearer ${secret} at /api/v2/notifications/channels/channel-id/subscriptions`],
    ] as const) {
      const server = await serve(repeating(status));
      closing(() => server.close());
      const answer = await exchange(agents, {
        method: 'PUT',
        url: `${server.url}/api/v2/notifications/channels/channel-id/subscriptions`,
        timeout: 10_000,
        headers: { authorization: `Bearer ${secret}` },
      });
      expect(answer.body).to.equal(body);
    }
  });

  it('trusts no certificate that nobody vouches for, and sends it nothing', async function () {
    const tls = selfSigned();
    if (tls === undefined) return this.skip();
    let composed = 0;
    const error = await failure({
      url: await url(json(200, {}), tls),
      compose: () => {
        composed += 1;
        return {};
      },
    });
    expect(error.sent).to.equal(false);
    expect(error.message).to.match(/self-signed certificate/);
    expect(composed).to.equal(0);
  });

  it('leaves no connection behind that is not idle', async () => {
    let open = 0;
    const server = await serveRaw((socket) => {
      open += 1;
      socket.on('close', () => {
        open -= 1;
      });
      socket.resume();
    });
    closing(() => server.close());
    await Promise.all(Array.from({ length: 5 }, () => failure({ url: server.url, timeout: 60 })));
    await eventually('all connections are closed', () => open === 0);
  });
});
