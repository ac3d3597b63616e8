import type { Result } from './peers.js';
import { versionAt, within, type World } from './world.js';

/** What a request is worth in ms (when-to-write.md). */
export const perRequest = 100;

/** The room before the next bump with which the oracle is content, in ms: three of four requests take no longer. */
const room = 48;

/**
 * The limit: somebody who knows all future bumps, but, like everybody, has to have been told an ETag by an event or an
 * answer, and does not know how long his request will take. He sends it when there is room for it before the next bump.
 * @param known whether he knows that too: then none of his requests fails
 */
export function oracle(world: World, known = false): Result {
  const { bumps, events, wishedAt } = world;
  let told = 1;
  let now = wishedAt;
  let index = 0;
  for (let requests = 1; ; requests += 1) {
    const { up, down } = world.request(requests - 1);
    const goesThrough = (at: number): boolean => versionAt(bumps, at + (known ? up : room)) === told;
    const hear = (): number | undefined => {
      const event = events[index];
      index += 1;
      if (event !== undefined) told = Math.max(told, event.version);
      return event?.at;
    };
    while (Number(events[index]?.at) <= now) hear();
    let at: number | undefined = now;
    while (at !== undefined && !goesThrough(at)) at = hear();
    if (at === undefined || at - wishedAt > within) return { tookMs: undefined, requests: requests - 1 };
    const found = versionAt(bumps, at + up);
    if (found === told) return { tookMs: at + up - wishedAt, requests };
    told = Math.max(told, found);
    now = at + up + down;
  }
}
