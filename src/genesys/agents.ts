import http from 'node:http';
import https from 'node:https';
import { proxyUrlOf, type ProxyFor } from './proxies.js';
import { Tunnels } from './tunnels.js';

/** Connections of a client: kept alive, and through the proxy that the environment names for a URL. */
export interface Agents {
  /**
   * The agent for a URL (http, https, ws or wss), honouring `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
   * Throws where the proxy is no URL.
   */
  for(url: string): http.Agent;
  /** Closes all idle connections. */
  destroy(): void;
}

/** Idle connections are kept for the next write, the last used first, so that it meets a warm one. */
const keepAlive = { keepAlive: true, scheduling: 'lifo' } as const;

/** A tunnel may take so long, in ms: TCP, CONNECT and TLS. Shorter than what waits for it, so that what is told names the proxy. */
const connectTimeout = 8_000;

/**
 * @param proxyFor the proxy's URL for a URL, or an empty string for none; from the environment if not given
 * @param tunnelWithin milliseconds for TCP, CONNECT and TLS of a tunnel
 */
export function createAgents(proxyFor?: ProxyFor, tunnelWithin = connectTimeout): Agents {
  const plain = new http.Agent(keepAlive);
  const secure = new https.Agent(keepAlive);
  const tunnels = new Map<string, Tunnels>();
  return {
    for(url) {
      const proxy = proxyUrlOf(url, proxyFor);
      if (proxy === undefined) return /^(https|wss):/.test(url) ? secure : plain;
      const tunnel = tunnels.get(proxy.href) ?? new Tunnels(proxy, tunnelWithin);
      tunnels.set(proxy.href, tunnel);
      return tunnel;
    },
    destroy() {
      for (const agent of [plain, secure, ...tunnels.values()]) agent.destroy();
    },
  };
}
