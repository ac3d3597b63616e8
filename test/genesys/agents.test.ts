import type { Agent } from 'node:http';
import { expect } from 'chai';
import { getProxyForUrl } from 'proxy-from-env';
import sinon from 'sinon';
import { WebSocket, WebSocketServer } from 'ws';
import { createAgents, type Agents } from '../../src/genesys/agents.js';
import { exchange } from '../../src/genesys/http.js';
import { ConnectProxy } from '../support/connect-proxy.js';
import { eventually } from '../support/eventually.js';
import { rejection } from './support/answers.js';
import { selfSigned } from './support/certificate.js';
import { cleanup } from './support/cleanup.js';
import { json, serve } from './support/servers.js';

describe('createAgents', () => {
  const closing = cleanup();
  const make = (proxyFor?: (url: string) => string): Agents => {
    const agents = proxyFor === undefined ? createAgents() : createAgents(proxyFor);
    closing(() => {
      agents.destroy();
    });
    return agents;
  };
  const proxyTo = async (port: number): Promise<ConnectProxy> => {
    const proxy = new ConnectProxy(port);
    await proxy.open();
    closing(() => proxy.close());
    return proxy;
  };
  const urlOf = ({ port }: ConnectProxy): string => `http://127.0.0.1:${port}`;
  const get = (agents: Agents, url: string): Promise<{ status: number }> => exchange(agents, { method: 'GET', url, timeout: 10_000 });

  it('keeps the connections of each kind apart and alive', () => {
    const agents = make(() => '');
    expect(agents.for('http://a/'))
      .to.equal(agents.for('ws://b/'))
      .and.to.include({ protocol: 'http:', keepAlive: true, scheduling: 'lifo' });
    expect(agents.for('https://a/'))
      .to.equal(agents.for('wss://b/'))
      .and.to.include({ protocol: 'https:', keepAlive: true, scheduling: 'lifo' });
  });

  it('asks for the proxy of a WebSocket as if it were HTTP', () => {
    const asked: string[] = [];
    const agents = make((url) => {
      asked.push(url);
      return '';
    });
    for (const url of ['ws://a/ws', 'wss://a/x', 'http://a/', 'https://ws/']) agents.for(url);
    expect(asked).to.deep.equal(['http://a/ws', 'https://a/x', 'http://a/', 'https://ws/']);
  });

  it('goes through the proxy with CONNECT, over one tunnel for many requests', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    const proxy = await proxyTo(server.port);
    proxy.login = 'user:pa ss';
    const agents = make(() => `http://user:pa%20ss@127.0.0.1:${proxy.port}`);
    for (let time = 0; time < 3; time += 1) expect((await get(agents, 'http://api.test/path')).status).to.equal(200);
    expect(proxy.asked).to.deep.equal(['api.test:80']);
    expect(server.seen.map(({ url, headers }) => [url, headers.host])).to.deep.equal(Array(3).fill(['/path', 'api.test']));
    expect(server.seen[0]?.headers, 'credentials are the proxy’s alone').not.to.have.any.keys('proxy-authorization', 'proxy-connection');
  });

  it('speaks TLS to the target, and not to the proxy', async function () {
    const tls = selfSigned();
    if (tls === undefined) return this.skip();
    const server = await serve(json(200, {}), tls);
    closing(() => server.close());
    const proxy = await proxyTo(server.port);
    const error = await rejection(
      get(
        make(() => urlOf(proxy)),
        'https://127.0.0.1/',
      ),
    );
    expect(String(error)).to.match(/self-signed certificate.*; it was not sent/);
    expect(proxy.asked).to.deep.equal(['127.0.0.1:443']);
  });

  it('takes WebSockets through the proxy too, TLS included', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closing(() => {
      server.close();
    });
    await eventually('it listens', () => server.address() !== null);
    const proxy = await proxyTo((server.address() as { port: number }).port);
    const agents = make(() => urlOf(proxy));
    const outcome = (uri: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(uri, { agent: agents.for(uri) });
        closing(() => {
          socket.terminate();
        });
        socket.on('open', () => {
          resolve('open');
        });
        socket.on('error', () => {
          resolve('error');
        });
      });
    expect(await outcome('ws://streaming.test/channels/1')).to.equal('open');
    expect(await outcome('wss://streaming.test/channels/1'), 'the target speaks no TLS').to.equal('error');
    expect(proxy.asked).to.deep.equal(['streaming.test:80', 'streaming.test:443']);
  });

  it('has one agent a proxy, and none for hosts that need no proxy', () => {
    const agents = make((url) => (url.includes('inside') ? '' : url.includes('other') ? 'http://p2:1' : 'http://p1:1'));
    const all = ['http://a/', 'https://b/', 'http://other/', 'http://inside/', 'https://inside/'].map((url) => agents.for(url));
    expect(all[0]).to.equal(all[1]);
    expect(new Set<Agent>(all)).to.have.property('size', 4);
  });

  describe('by the environment', () => {
    const environment = (variables: Record<string, string>): void => {
      const before = { ...process.env };
      for (const name of Object.keys(process.env))
        if (/^(npm_config_)?(https?|all|no|ws|wss)_proxy$/i.test(name)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, variables);
      closing(() => {
        for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
        Object.assign(process.env, before);
      });
    };

    it('goes through the proxy that is named there, except for hosts in NO_PROXY', async () => {
      const server = await serve(json(200, {}));
      closing(() => server.close());
      const proxy = await proxyTo(server.port);
      environment({ HTTP_PROXY: urlOf(proxy), NO_PROXY: '127.0.0.1' });
      const agents = make();
      await get(agents, 'http://api.test/proxied');
      await get(agents, `${server.url}/direct`);
      expect(server.seen.map(({ url }) => url)).to.deep.equal(['/proxied', '/direct']);
      expect(proxy.asked).to.deep.equal(['api.test:80']);
    });

    it('uses HTTPS_PROXY for https and wss', () => {
      environment({ HTTPS_PROXY: 'http://secure-proxy:1' });
      const agents = make();
      expect(getProxyForUrl('https://a/')).to.equal('http://secure-proxy:1');
      expect(agents.for('https://a/')).to.equal(agents.for('wss://a/')).and.not.to.equal(agents.for('http://a/'));
      expect(agents.for('http://a/')).to.equal(agents.for('ws://a/'));
    });
  });

  it('closes its connections when it is destroyed', async () => {
    const server = await serve(json(200, {}));
    closing(() => server.close());
    const proxy = await proxyTo(server.port);
    const agents = make((url) => (url.includes('proxied') ? urlOf(proxy) : ''));
    const destroyed = sinon.spy(agents.for(`${server.url}/`), 'destroy');
    await get(agents, `${server.url}/`);
    await get(agents, 'http://proxied.test/');
    const idle = Object.values(agents.for(`${server.url}/`).freeSockets).flatMap((sockets = []) => sockets);
    const tunnels = Object.values(agents.for('http://proxied.test/').freeSockets).flatMap((sockets = []) => sockets);
    expect([idle.length, tunnels.length]).to.deep.equal([1, 1]);
    agents.destroy();
    expect(destroyed.calledOnce).to.equal(true);
    await eventually('the idle connections are closed', () => [...idle, ...tunnels].every((socket) => socket.destroyed));
  });
});
