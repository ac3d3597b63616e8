import { getProxyForUrl } from 'proxy-from-env';

/** The proxy's URL for a URL, or an empty string for none. */
export type ProxyFor = (url: string) => string;

/**
 * The proxy for a URL (http, https, ws or wss), by default what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, as
 * curl reads them; undefined for none.
 * Throws where it is no URL, without repeating it: it may hold a password.
 */
export function proxyUrlOf(url: string, proxyFor: ProxyFor = getProxyForUrl): URL | undefined {
  const proxy = proxyFor(url.replace(/^ws/, 'http'));
  if (proxy === '') return undefined;
  if (!URL.canParse(proxy) || !/^https?:\/\//i.test(proxy))
    throw new Error(
      'the proxy that the environment names is no URL that can be used: write HTTPS_PROXY=http://user:password@host:port, special characters of the password percent-encoded',
    );
  return new URL(proxy);
}

/** Host and port of the proxy for a URL, as it may be shown: without credentials; undefined for none. Throws like `proxyUrlOf`. */
export function proxyOf(url: string, proxyFor?: ProxyFor): string | undefined {
  return proxyUrlOf(url, proxyFor)?.host;
}
