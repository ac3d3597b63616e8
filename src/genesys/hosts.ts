import type { Config } from '../config/schema.js';

/** REST and login hosts of a region, or those that are named. */
export function hostsOf({ region, apiUrl, loginUrl }: Config['genesys']): { apiUrl: string; loginUrl: string } {
  const without = (url: string): string => url.replace(/\/+$/, '');
  return { apiUrl: without(apiUrl ?? `https://api.${region ?? ''}`), loginUrl: without(loginUrl ?? `https://login.${region ?? ''}`) };
}
