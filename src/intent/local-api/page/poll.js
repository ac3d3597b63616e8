import { TokenWanted } from './api.js';

/** Between an answer and the next question, in ms. */
const pace = 2_000;

/** Between two tries of a daemon that does not answer, in ms, at most; each waits twice as long as the one before. */
const longest = 16_000;

/**
 * Asks again and again, as long as somebody looks: not while the tab is hidden, less often while there is no answer, and not
 * while a token is wanted. The function that it gives asks at once, and starts it.
 * @template T
 * @param {object} deps
 * @param {() => Promise<T>} deps.ask
 * @param {(answer: T) => void} deps.told
 * @param {(wait: number) => void} deps.gone it did not answer, and is asked again in so many ms
 * @param {(error: TokenWanted) => void} deps.locked
 */
export function polling({ ask, told, gone, locked }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asking = false;
  let failures = 0;

  async function turn() {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    asking = true;
    const wait = await once();
    asking = false;
    if (wait !== undefined) timer = setTimeout(turn, wait);
  }

  /** How long to wait for the next; undefined if it waits for a token. */
  async function once() {
    let answer;
    try {
      answer = await ask();
    } catch (error) {
      if (error instanceof TokenWanted) {
        locked(error);
        return undefined;
      }
      const wait = Math.min(longest, pace * 2 ** failures);
      failures += 1;
      gone(wait);
      return wait;
    }
    failures = 0;
    told(answer);
    return pace;
  }

  document.addEventListener('visibilitychange', turn);
  return turn;
}
