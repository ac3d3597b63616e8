import { versionAt, within, type World } from './world.js';

/** What came of one update: ms from the wish until the server had it (undefined: not within 30 s), and by how many requests. */
export interface Result {
  tookMs: number | undefined;
  requests: number;
}

/** What the newest event told that has arrived by then. */
export function knownAt({ events }: World, at: number): number {
  let known = 1;
  for (const event of events) {
    if (event.at > at) break;
    if (event.version > known) known = event.version;
  }
  return known;
}

/** A request: what it finds when it is at the server, and when its answer is here. */
function exchange({ bumps, request }: World, index: number, at: number): { arrived: number; version: number; answered: number } {
  const { up, down } = request(index);
  const arrived = at + up;
  return { arrived, version: versionAt(bumps, arrived), answered: arrived + down };
}

/** A GET, then a PATCH with what it told; what is done after a conflict is the contender's. */
const reading =
  (tries: number, wait: (failures: number) => number, again: 'read' | 'same') =>
  (world: World): Result => {
    let now = world.wishedAt;
    let requests = 0;
    let etag = 0;
    for (let failures = 0; failures < tries && now - world.wishedAt < within; failures += 1) {
      if (failures === 0 || again === 'read') {
        const read = exchange(world, requests++, now);
        [etag, now] = [read.version, read.answered];
      }
      const patch = exchange(world, requests++, now);
      if (patch.version === etag) return { tookMs: patch.arrived - world.wishedAt, requests };
      now = patch.answered + wait(failures);
    }
    return { tookMs: undefined, requests };
  };

/** Waits for so much calm after the last event before each try, then PATCHes with what the events have told. */
const debounced =
  (quiet: number) =>
  (world: World): Result => {
    let now = world.wishedAt;
    let told = 1;
    for (let requests = 1; ; requests += 1) {
      let fire = now + quiet;
      // an event before the wish counts too
      let known = 1;
      for (const { at, version } of world.events) {
        if (at > fire) break;
        if (version <= known) continue;
        known = version;
        fire = Math.max(fire, at + quiet);
      }
      if (fire - world.wishedAt > within) return { tookMs: undefined, requests: requests - 1 };
      const patch = exchange(world, requests - 1, fire);
      if (patch.version === Math.max(known, told)) return { tookMs: patch.arrived - world.wishedAt, requests };
      [told, now] = [patch.version, patch.answered];
    }
  };

/** Sends at once with the newest that events and answers have told, and again at once: what the policy `immediate` comes to. */
export function atOnce(world: World): Result {
  let now = world.wishedAt;
  let told = 1;
  for (let requests = 1; now - world.wishedAt < within; requests += 1) {
    const patch = exchange(world, requests - 1, now);
    if (patch.version === Math.max(told, knownAt(world, now))) return { tookMs: patch.arrived - world.wishedAt, requests };
    [told, now] = [patch.version, patch.answered];
  }
  return { tookMs: undefined, requests: 0 };
}

/** What a user would write, or pick, instead; each of them alone on the same worlds. */
export const peers = {
  'RetryOnConflict (10 ms, 5 steps)': reading(5, () => 10, 'read'),
  'refetch + exponential back-off': reading(8, (failures) => 100 * 2 ** failures, 'read'),
  'naive (stale ETag, exponential back-off)': reading(6, (failures) => 500 * 2 ** failures, 'same'),
  'debounce 250 ms': debounced(250),
} as const;
