/** Where the token is kept: in this tab, until it is closed. */
const place = 'attributed.token';

/** So long, in ms, an answer may take: a daemon that is alive answers in far less. */
const patience = 8_000;

/** The local API wants a token, or another one. */
export class TokenWanted extends Error {
  /** Whether one was given. */
  given = kept() !== null;
}

/** The local API answered, and did not do it; the message says why. */
export class Refused extends Error {
  constructor(/** @type {string} */ message, /** @type {number} */ status) {
    super(message);
    this.status = status;
  }
}

export function kept() {
  return sessionStorage.getItem(place);
}

export function keep(/** @type {string} */ token) {
  sessionStorage.setItem(place, token);
}

export function forget() {
  sessionStorage.removeItem(place);
}

/**
 * What the local API answers to a GET. Rejects with `TokenWanted` or `Refused`, and with what fetch throws if it does not answer.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function ask(path) {
  const token = kept();
  const response = await fetch(path, {
    headers: { accept: 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(patience),
  });
  if (response.status === 401) throw new TokenWanted();
  const body = await response.json();
  if (!response.ok) throw new Refused(typeof body.message === 'string' ? body.message : `status ${response.status}`, response.status);
  return body;
}
