import TinyQueue from 'tinyqueue';
import { versionAt, within, type World } from './world.js';

/** What came of wishes that each have a loop of their own. */
export interface LoopsResult {
  requests: number;
  /** Whose loop gave up. */
  lost: number;
}

interface Step {
  at: number;
  run: () => void;
}

/** client-go's defaults. */
const steps = 5;
const pause = 10;

/** RetryOnConflict for each wish by itself: GET, PATCH, and again after 10 ms on a conflict, five times. They meet each other's writes. */
export function independentLoops(world: World, wishedAt: readonly number[]): LoopsResult {
  const queue = new TinyQueue<Step>([], (a, b) => a.at - b.at);
  const result: LoopsResult = { requests: 0, lost: 0 };
  let own = 0;
  const version = (at: number): number => versionAt(world.bumps, at) + own;
  /** Sends something; it is served on arrival, and its answer is heard later. */
  const exchange = (at: number, serve: (arrived: number) => () => void): void => {
    const { up, down } = world.request(result.requests);
    result.requests += 1;
    queue.push({
      at: at + up,
      run: () => {
        const answer = serve(at + up);
        queue.push({ at: at + up + down, run: answer });
      },
    });
  };
  const attempt = (at: number, left: number): void => {
    let [etag, now] = [0, at];
    exchange(at, (arrived) => {
      etag = version(arrived);
      return () => {
        now = queueNow;
        exchange(now, (reached) => {
          const taken = version(reached) === etag;
          if (taken) own += 1;
          return () => {
            if (taken) return;
            if (left > 1 && queueNow - at < within) attempt(queueNow + pause, left - 1);
            else result.lost += 1;
          };
        });
      };
    });
  };
  let queueNow = 0;
  for (const at of wishedAt) {
    queue.push({
      at,
      run: () => {
        attempt(at, steps);
      },
    });
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    queueNow = next.at;
    next.run();
  }
  return result;
}
