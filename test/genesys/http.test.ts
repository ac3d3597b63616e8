import http, { type Agent, type RequestListener } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createAgents, type Agents } from '../../src/genesys/agents.js';
import { Withdrawn } from '../../src/genesys/errors.js';
import { exchange } from '../../src/genesys/http.js';
import { eventually } from '../support/eventually.js';
import { rejection } from './support/answers.js';
import { selfSigned } from './support/certificate.js';
import { cleanup } from './support/cleanup.js';
import { json, serve, serveRaw, type TestServer } from './support/servers.js';

const timeout = 10_000;

describe('exchange', () => {
  const closing = cleanup();
  let agents: Agents;

  beforeEach(() => {
    agents = createAgents(() => '');
    closing(() => {
      agents.destroy();
    });
  });

  const started = async (listener: RequestListener = json(200, {}), tls?: { key: string; cert: string }): Promise<TestServer> => {
    const server = await serve(listener, tls);
    closing(() => server.close());
    return server;
  };
  const only = (agent: Agent): Agents => {
    closing(() => {
      agent.destroy();
    });
    return { for: () => agent, destroy: () => undefined };
  };

  describe('the moment of composing', () => {
    it('is after the connection stands, so that a value that changed during the handshake is what is sent', async () => {
      const server = await started();
      let release: (() => void) | undefined;
      const lookup: LookupFunction = (_host, _options, done) => {
        release = (): void => {
          done(null, '127.0.0.1', 4);
        };
      };
      let etag = '"1"';
      let composed = 0;
      const answer = exchange(only(new http.Agent({ keepAlive: true, lookup, family: 4 })), {
        method: 'PATCH',
        url: `http://platform.test:${server.port}/p`,
        timeout,
        compose: () => {
          composed += 1;
          return { headers: { 'if-match': etag }, body: '{}' };
        },
      });
      await eventually('the connection is being made', () => release !== undefined);
      expect(composed).to.equal(0);
      etag = '"2"';
      release?.();
      expect((await answer).status).to.equal(200);
      expect(composed).to.equal(1);
      expect(server.seen.map(({ headers }) => headers['if-match'])).to.deep.equal(['"2"']);
    });

    it('is after the TLS handshake too', async function () {
      const tls = selfSigned();
      if (tls === undefined) return this.skip();
      const server = await started(json(200, {}), tls);
      let open: (() => void) | undefined;
      const gate = await serveRaw((socket) => {
        open = (): void => {
          const upstream = connect(server.port, '127.0.0.1');
          upstream.on('error', () => undefined);
          socket.on('close', () => upstream.destroy());
          socket.pipe(upstream).pipe(socket);
        };
      });
      closing(() => gate.close());
      let etag = '"1"';
      let composed = 0;
      const answer = exchange(only(new https.Agent({ ca: tls.cert })), {
        method: 'PATCH',
        url: `https://127.0.0.1:${gate.port}/p`,
        timeout,
        compose: () => {
          composed += 1;
          return { headers: { 'if-match': etag } };
        },
      });
      await eventually('TCP stands and TLS does not', () => open !== undefined);
      expect(composed).to.equal(0);
      etag = '"2"';
      open?.();
      expect((await answer).status).to.equal(200);
      expect(server.seen.map(({ headers }) => headers['if-match'])).to.deep.equal(['"2"']);
    });

    it('comes for each request on a socket that is reused, TLS or not', async function () {
      const tls = selfSigned();
      const secure =
        tls === undefined
          ? undefined
          : { server: await started(json(200, {}), tls), agent: new https.Agent({ ca: tls.cert, keepAlive: true }) };
      const plain = { server: await started(), agent: agents.for('http://x') };
      for (const { server, agent } of secure === undefined ? [plain] : [plain, secure]) {
        for (const etag of ['"1"', '"2"', '"3"'])
          await exchange(only(agent), {
            method: 'PUT',
            url: `${server.url}/p`,
            timeout,
            compose: () => ({ headers: { 'if-match': etag } }),
          });
        expect(server.seen.map(({ headers }) => headers['if-match'])).to.deep.equal(['"1"', '"2"', '"3"']);
        expect(server.connections).to.equal(1);
      }
    });

    it('may take the request back: the server sees none, and the next one is served', async () => {
      const server = await started();
      const url = `${server.url}/p`;
      await exchange(agents, { method: 'GET', url, timeout });
      for (let time = 0; time < 3; time += 1)
        expect(await rejection(exchange(agents, { method: 'PATCH', url, timeout, compose: () => undefined }))).to.be.instanceOf(Withdrawn);
      await exchange(agents, { method: 'GET', url, timeout });
      expect(server.seen.map(({ method }) => method)).to.deep.equal(['GET', 'GET']);
    });
  });

  describe('what is sent', () => {
    it('asks for JSON that nobody has compressed, and carries the headers of the request and of its composition', async () => {
      const server = await started();
      await exchange(agents, {
        method: 'GET',
        url: `${server.url}/a?b=c`,
        timeout,
        headers: { authorization: 'Bearer t', 'x-a': 'early' },
        compose: () => ({ headers: { 'x-a': 'late' } }),
      });
      const [seen] = server.seen;
      expect(seen).to.include({ method: 'GET', url: '/a?b=c', body: '' });
      expect(seen?.headers).to.include({
        accept: 'application/json',
        'accept-encoding': 'identity',
        authorization: 'Bearer t',
        'x-a': 'late',
      });
      expect(seen?.headers).not.to.have.any.keys('content-length', 'transfer-encoding', 'content-type');
    });

    it('tells the length of a body in bytes', async () => {
      const server = await started();
      const body = '{"name":"Zoë 🙂"}';
      await exchange(agents, {
        method: 'PATCH',
        url: server.url,
        timeout,
        compose: () => ({ body, headers: { 'content-type': 'application/json' } }),
      });
      expect(server.seen[0]).to.include({ body });
      expect(server.seen[0]?.headers).to.include({ 'content-length': String(Buffer.byteLength(body)), 'content-type': 'application/json' });
    });

    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      it(`says that a ${method} without a body has none`, async () => {
        const server = await started();
        await exchange(agents, { method, url: server.url, timeout });
        expect(server.seen[0]?.headers).to.include({ 'content-length': '0' });
        expect(server.seen[0]?.headers).not.to.have.any.keys('transfer-encoding', 'content-type');
      });
    }
  });

  describe('the answer', () => {
    for (const status of [200, 202, 302, 400, 401, 403, 404, 409, 412, 428, 429, 500, 503]) {
      it(`may have status ${status}`, async () => {
        const server = await started(json(status, { code: 'some.code' }, { location: '/elsewhere' }));
        const answer = await exchange(agents, { method: 'GET', url: server.url, timeout });
        expect(answer).to.deep.include({ status, body: { code: 'some.code' }, code: 'some.code' });
        expect(server.seen, 'nothing is followed').to.have.length(1);
      });
    }

    it('to a HEAD, or without a body, has none', async () => {
      const server = await started((_, response) => response.writeHead(204).end());
      expect(await exchange(agents, { method: 'HEAD', url: server.url, timeout })).to.deep.include({
        status: 204,
        body: undefined,
        code: undefined,
      });
      expect(await exchange(agents, { method: 'GET', url: server.url, timeout })).to.deep.include({ status: 204, body: undefined });
    });

    it('that is no JSON is text', async () => {
      const server = await started((_, response) => response.writeHead(502).end('<html>bad gateway</html>'));
      expect(await exchange(agents, { method: 'GET', url: server.url, timeout })).to.deep.include({
        body: '<html>bad gateway</html>',
        code: undefined,
      });
    });

    for (const [name, body, code] of [
      ['null', null, undefined],
      ['a number', 1, undefined],
      ['a list', [1], undefined],
      ['an OAuth error', { error: 'invalid_client' }, 'invalid_client'],
      ['a code that is no text', { code: 7 }, undefined],
    ] as const) {
      it(`whose body is ${name} has ${code ?? 'no'} code`, async () => {
        const server = await started(json(400, body));
        expect(await exchange(agents, { method: 'GET', url: server.url, timeout })).to.deep.include({ body, code });
      });
    }

    for (const [encoding, pack] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      it(`is unpacked where something compressed it with ${encoding}, unasked`, async () => {
        const server = await started((_, response) =>
          response.writeHead(200, { 'content-encoding': encoding }).end(pack('{"name":"Zoë 🙂"}')),
        );
        expect((await exchange(agents, { method: 'GET', url: server.url, timeout })).body).to.deep.equal({ name: 'Zoë 🙂' });
      });
    }

    it('without a body may call it compressed, and in a way that nobody knows', async () => {
      for (const encoding of ['gzip', 'x-strange', 'constructor']) {
        const server = await started((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end());
        expect(await exchange(agents, { method: 'GET', url: server.url, timeout })).to.deep.include({ status: 200, body: undefined });
      }
    });

    it('may begin with a byte order mark', async () => {
      const server = await started((_, response) => response.writeHead(200).end('\uFEFF{"a":1}'));
      expect((await exchange(agents, { method: 'GET', url: server.url, timeout })).body).to.deep.equal({ a: 1 });
    });

    it('has its headers under lower case names, a strange ETag as it came', async () => {
      const server = await started((_, response) => response.writeHead(200, { ETag: 'W/"a,b"', 'X-Two': ['1', '2'] }).end());
      const { headers } = await exchange(agents, { method: 'GET', url: server.url, timeout });
      expect(headers).to.include({ etag: 'W/"a,b"', 'x-two': '1, 2' });
    });

    it('tells the correlation id from whichever place has it', async () => {
      const correlation = async (headers: Record<string, string>): Promise<string | undefined> => {
        const server = await started(json(500, { contextId: 'context' }, headers));
        return (await exchange(agents, { method: 'GET', url: server.url, timeout })).correlationId;
      };
      expect(await correlation({ 'ININ-Correlation-Id': 'inin', 'x-correlation-id': 'x' })).to.equal('inin');
      expect(await correlation({ 'x-correlation-id': 'x' })).to.equal('x');
      expect(await correlation({})).to.equal('context');
    });
  });
});
