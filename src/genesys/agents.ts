import http from 'node:http';
import https from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

/** Connections of a client: kept alive, and through the proxy that the environment names for a URL. */
export interface Agents {
  /** The agent for a URL (http, https, ws or wss), honouring `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
  for(url: string): http.Agent;
  /** Closes all idle connections. */
  destroy(): void;
}

/** Idle connections are kept for the next write, the last used first, so that it meets a warm one. */
const keepAlive = { keepAlive: true, scheduling: 'lifo' } as const;

/** Host and port of the proxy for a URL, as it may be shown: without credentials; undefined for none. */
export function proxyOf(url: string, proxyFor: (url: string) => string = getProxyForUrl): string | undefined {
  const proxy = proxyFor(url.replace(/^ws/, 'http'));
  return proxy === '' ? undefined : new URL(proxy).host;
}

/** @param proxyFor the proxy's URL for a URL, or an empty string for none */
export function createAgents(proxyFor: (url: string) => string = getProxyForUrl): Agents {
  const plain = new http.Agent(keepAlive);
  const secure = new https.Agent(keepAlive);
  const tunnels = new Map<string, HttpsProxyAgent<string>>();
  return {
    for(url) {
      const proxy = proxyFor(url.replace(/^ws/, 'http'));
      if (proxy === '') return /^(https|wss):/.test(url) ? secure : plain;
      const tunnel = tunnels.get(proxy) ?? new HttpsProxyAgent(proxy, keepAlive);
      tunnels.set(proxy, tunnel);
      return tunnel;
    },
    destroy() {
      for (const agent of [plain, secure, ...tunnels.values()]) agent.destroy();
    },
  };
}
