import { expect } from 'chai';
import { WebSocket } from 'ws';
import { createAgents, type Agents } from '../../src/genesys/agents.js';
import { NoAnswer } from '../../src/genesys/errors.js';
import { exchange } from '../../src/genesys/http.js';
import { ConnectProxy, type ProxyMode } from '../support/connect-proxy.js';
import { eventually } from '../support/eventually.js';
import { privateCa } from '../support/private-ca.js';
import { selfSigned } from './support/certificate.js';
import { cleanup } from './support/cleanup.js';
import { json, serve } from './support/servers.js';

describe('Tunnels', () => {
  const closing = cleanup();

  const open = async (target: number, tls?: { key: string; cert: string }): Promise<ConnectProxy> => {
    const proxy = new ConnectProxy(target, tls);
    await proxy.open();
    closing(() => proxy.close());
    return proxy;
  };
  const make = (proxy: string, within = 60_000): Agents => {
    const agents = createAgents(() => proxy, within);
    closing(() => {
      agents.destroy();
    });
    return agents;
  };
  const failure = async (agents: Agents, url = 'https://platform.test/p', timeout = 10_000): Promise<string> => {
    const error: unknown = await exchange(agents, { method: 'GET', url, timeout }).catch((thrown: unknown) => thrown);
    if (!(error instanceof NoAnswer)) throw new Error('there was an answer');
    expect(error.message).to.not.match(/hush|Basic|\n/);
    expect(error.sent).to.equal(false);
    return error.message;
  };
  const upgrade = (agents: Agents): Promise<string> =>
    new Promise((resolve) => {
      const uri = 'wss://streaming.test/channels/1';
      const socket = new WebSocket(uri, { agent: agents.for(uri) });
      socket.on('error', (error) => {
        resolve(error.message);
      });
    });

  it('tells of a refusal whose it is and what to do, for REST and for the WebSocket', async () => {
    for (const [mode, remedy] of [
      [407, 'it wants a login; put user and password into HTTPS_PROXY'],
      [403, 'have it allowed there, or name it in NO_PROXY'],
      [502, 'it does not reach the host'],
    ] as const) {
      const proxy = await open(1);
      proxy.mode = mode;
      const agents = make(`http://me:hush@127.0.0.1:${proxy.port}`);
      const said = `the proxy 127.0.0.1:${proxy.port} answered CONNECT with status ${mode}`;
      for (const scheme of ['http', 'https'])
        expect(await failure(agents, `${scheme}://platform.test/p`))
          .to.include(said)
          .and.include(remedy);
      expect(await upgrade(agents))
        .to.include(said)
        .and.include(remedy);
    }
  });

  it('gives up a proxy that hangs, before or after CONNECT, and leaves no connection to it', async () => {
    for (const [mode, said] of [
      ['silent', 'did not answer within 40 ms'],
      ['deaf', 'let it pass, but TLS with platform.test did not come about within 40 ms'],
    ] as const satisfies [ProxyMode, string][]) {
      const proxy = await open(1);
      proxy.mode = mode;
      const agents = make(`http://127.0.0.1:${proxy.port}`, 40);
      expect(await failure(agents)).to.include(`the proxy 127.0.0.1:${proxy.port} ${said}`);
      await eventually('its connection is closed', () => proxy.live === 0);
    }
  });

  it('closes the connection to a proxy that hangs also when the request was given up before', async () => {
    const proxy = await open(1);
    proxy.mode = 'silent';
    const agents = make(`http://127.0.0.1:${proxy.port}`, 1_000);
    expect(await failure(agents, undefined, 30)).to.include(`no tunnel through the proxy 127.0.0.1:${proxy.port}`);
    await eventually('its connection is closed', () => proxy.live === 0);
  });

  it('names a proxy that is not there, that speaks no TLS, or that is no URL', async () => {
    const proxy = await open(1);
    const { port } = proxy;
    expect(await failure(make(`https://127.0.0.1:${port}`))).to.match(/write http:\/\/ before it in HTTPS_PROXY/);
    expect(await failure(make(`http://me:hu%zzsh@127.0.0.1:${port}`))).to.include(`the proxy 127.0.0.1:${port} failed (URI malformed)`);
    await proxy.close();
    expect(await failure(make(`http://me:hush@127.0.0.1:${port}`))).to.include(
      `the proxy 127.0.0.1:${port} cannot be reached (connect ECONNREFUSED`,
    );
    for (const bad of ['http://me:hush@:x', 'socks5://me:hush@127.0.0.1:1'])
      expect(await failure(make(bad))).to.include('is no URL that can be used');
  });

  it('logs in with what the URL says, decoded', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    const proxy = await open(server.port);
    proxy.login = 'me@corp:hu:sh/é';
    const agents = make(`http://me%40corp:hu%3Ash%2F%C3%A9@127.0.0.1:${proxy.port}`);
    expect(await exchange(agents, { method: 'GET', url: 'http://api.test/', timeout: 10_000 })).to.have.property('status', 200);
  });

  it('reads a precondition when the tunnel stands, not before', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    const proxy = await open(server.port);
    const seen: string[][] = [];
    const compose = (): object => {
      seen.push([...proxy.asked]);
      return {};
    };
    await exchange(make(`http://127.0.0.1:${proxy.port}`), { method: 'PUT', url: 'http://api.test/', timeout: 10_000, compose });
    expect(seen).to.deep.equal([['api.test:80']]);
  });

  it('trusts no proxy whose certificate nobody vouches for', async function () {
    const tls = selfSigned();
    if (tls === undefined) return this.skip();
    const proxy = await open(1, tls);
    expect(await failure(make(`https://me:hush@127.0.0.1:${proxy.port}`))).to.include('start with NODE_EXTRA_CA_CERTS=FILE');
    expect(proxy.asked).to.be.empty;
  });

  it('says what is wrong with a certificate of the platform', async function () {
    const tls = privateCa('platform.test');
    if (tls === undefined) return this.skip();
    const server = await serve(json(200, {}), tls);
    closing(() => server.close());
    const proxy = await open(server.port);
    expect(await failure(make(`http://127.0.0.1:${proxy.port}`))).to.include('start with NODE_EXTRA_CA_CERTS=FILE');
  });
});
