import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { Api } from '../support/api.js';

describe('the local API', () => {
  let api: Api;

  const open = async (options: ConstructorParameters<typeof Api>[0] = {}): Promise<void> => {
    api = await new Api(options).open();
  };
  afterEach(() => api.close());

  describe('/healthz and /readyz', () => {
    it('are 200 while all is well', async () => {
      await open({ alive: [() => undefined], ready: [() => undefined], details: () => ({ topics: [] }) });
      expect(await api.call('/healthz')).to.deep.include({ status: 200, body: { ok: true, reasons: [] } });
      expect(await api.call('/readyz')).to.deep.include({ status: 200, body: { ok: true, reasons: [], topics: [] } });
    });

    it('are 503 with every reason, each for itself', async () => {
      const alive = [() => 'the loop lags', () => undefined, () => 'a write hangs'];
      await open({ alive, ready: [() => undefined, () => 'no channel'], details: () => ({ topics: ['t'] }) });
      expect(await api.call('/healthz')).to.deep.include({ status: 503, body: { ok: false, reasons: ['the loop lags', 'a write hangs'] } });
      expect(await api.call('/readyz')).to.deep.include({ status: 503, body: { ok: false, reasons: ['no channel'], topics: ['t'] } });
    });

    it('look anew each time', async () => {
      let reason: string | undefined = 'not yet';
      await open({ ready: [() => reason] });
      expect((await api.call('/readyz')).status).to.equal(503);
      reason = undefined;
      expect((await api.call('/readyz')).status).to.equal(200);
    });
  });

  it('answers 404 with a remedy for a path that is not there, and for a method that is not there', async () => {
    await open();
    for (const [path, method] of [
      ['/nothing', 'GET'],
      ['/healthz', 'DELETE'],
      ['/conversations/c1/participants/p1/attributes', 'POST'],
    ] as const) {
      const { status, body } = await api.call(path, { method });
      expect(status, path).to.equal(404);
      expect(body).to.deep.equal({ message: 'there is no such path', remedy: 'see "Local API" in the README' });
    }
  });

  it('answers 500 for a fault of its own: the log knows it, the caller does not', async () => {
    await open({
      details: () => {
        throw new Error('confidential\n  detail');
      },
    });
    const { status, body } = await api.call('/readyz');
    expect(status).to.equal(500);
    expect(JSON.stringify(body)).not.to.contain('confidential');
    expect(api.log.of('http.failed')).to.deep.equal([{ method: 'GET', path: '/readyz', error: 'confidential detail' }]);
  });

  it('closes at once, though a caller still waits', async () => {
    await open();
    const waiting = api.put({ attributes: { a: '1' } }, { query: '?wait=60s' }).catch((error: unknown) => error);
    await eventually('the API waits', () => api.clock.timers > 0);
    await api.close();
    expect(await waiting).to.be.instanceOf(Error);
  });

  describe('listens', () => {
    it('at an address, and says at which port', async () => {
      await open();
      expect(api.address).to.match(/^127\.0\.0\.1:[1-9]\d*$/);
    });

    it('at an address of IPv6', async function () {
      const probe = net.createServer();
      const there = await new Promise<boolean>((resolve) => {
        probe.once('error', () => {
          resolve(false);
        });
        probe.listen(0, '::1', () => {
          probe.close(() => {
            resolve(true);
          });
        });
      });
      await open(there ? { listen: '[::1]:0' } : {});
      if (!there) this.skip();
      expect(api.address).to.match(/^\[::1\]:[1-9]\d*$/);
      expect((await api.call('/healthz')).status).to.equal(200);
    });
  });

  describe('on a unix socket', () => {
    let dir: string;
    let path: string;
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), 'attributed-'));
      path = join(dir, 'http.sock');
    });
    afterEach(() => rm(dir, { recursive: true }));

    it('serves everybody who may open it, whatever host they name, but no web page', async () => {
      await open({ listen: `unix:${path}` });
      expect(api.address).to.equal(`unix:${path}`);
      expect((await api.call('/healthz')).status).to.equal(200);
      expect((await api.call('/healthz', { headers: { host: 'anything' } })).status).to.equal(200);
      expect((await api.call('/healthz', { headers: { host: 'anything', origin: 'http://evil.example' } })).status).to.equal(403);
      expect((await api.put({ attributes: { a: '1' } })).status).to.equal(202);
    });

    it('refuses the name of a domain, as of a page that was rebound to where ssh forwards the socket', async () => {
      await open({ listen: `unix:${path}` });
      for (const host of ['evil.example', 'evil.example:8090', 'localhost.', '10.0.0.1'])
        expect((await api.call('/healthz', { headers: { host } })).status, host).to.equal(403);
      for (const host of ['localhost:8090', '127.0.0.1:8090', '[::1]', 'attributed'])
        expect((await api.call('/healthz', { headers: { host } })).status, host).to.equal(200);
    });

    it('lets only its user and group in', async () => {
      await open({ listen: `unix:${path}` });
      expect((await stat(path)).mode & 0o777).to.equal(0o660);
    });

    it('replaces a socket that was left behind', async () => {
      const left = net.createServer();
      await new Promise<void>((resolve) => left.listen(path, resolve));
      // its file goes with a clean close: what a killed process leaves is its file moved back
      await rename(path, `${path}.left`);
      await new Promise((resolve) => left.close(resolve));
      await rename(`${path}.left`, path);
      await open({ listen: `unix:${path}` });
      expect((await api.call('/healthz')).status).to.equal(200);
    });

    it('does not delete another file that lies in its place', async () => {
      await writeFile(path, 'precious');
      api = new Api({ listen: `unix:${path}` });
      const error = await api.open().catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'http.listen');
      expect(String(error)).to.include(`http.listen unix:${path} is taken: stop the program that listens there, or name another path`);
      expect(await readFile(path, 'utf8')).to.equal('precious');
    });

    it('leaves the socket of a daemon that answers there to it', async () => {
      await open({ listen: `unix:${path}` });
      const second = new Api({ listen: `unix:${path}` });
      const error = await second.open().catch((thrown: unknown) => thrown);
      await second.close();
      expect(error).to.have.property('code', 'http.listen');
      expect((await api.call('/healthz')).status).to.equal(200);
    });

    it('says so where it may not be opened', async () => {
      api = new Api({ listen: 'unix:/nowhere/http.sock' });
      const error = await api.open().catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/http\.listen unix:\/nowhere\/http\.sock cannot be opened \(.*\): name another path/);
    });
  });
});
