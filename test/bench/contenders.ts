import type { Composed } from '../../src/genesys/http.js';
import type { Writing, WritingOptions } from '../support/writing.js';
import type { Contender } from './world.js';

const path = (house: Writing): string =>
  `http://api/api/v2/conversations/voice/${house.platform.conversationId}/participants/${house.platform.participantId}`;

const daemon: Contender = (house) => void house.wish({ tier: 'gold' });

/** GET, PATCH, and on a conflict a wait before the next try; with a fresh ETag or, naively, with the same one. */
const retrying =
  (tries: number, wait: (failures: number) => number, etagAgain: 'read' | 'same'): Contender =>
  (house) => {
    const { platform, clock } = house;
    const exchange = (method: 'GET' | 'PATCH', composed: Composed = {}): ReturnType<typeof platform.exchange> =>
      platform.exchange({ method, url: path(house), timeout: 1_000, compose: () => composed });
    const run = async (): Promise<void> => {
      let etag: string | undefined;
      for (let failures = 0; failures < tries; failures += 1) {
        if (etag === undefined || etagAgain === 'read') etag = (await exchange('GET')).headers['etag'];
        const { status } = await exchange('PATCH', { headers: { 'if-match': etag ?? '' }, body: '{"attributes":{"tier":"gold"}}' });
        if (status < 300) return;
        await new Promise<void>((resolve) => clock.after(wait(failures), resolve));
      }
    };
    void run();
  };

/** Everybody who brings the same update home on the same calls. */
export const contenders: Readonly<Record<string, { contender: Contender; options: WritingOptions }>> = {
  adaptive: { contender: daemon, options: { settings: { policy: 'adaptive' } } },
  'debounce 150 ms': { contender: daemon, options: { settings: { policy: 'debounce' } } },
  immediate: { contender: daemon, options: { settings: { policy: 'immediate' } } },
  'RetryOnConflict (10 ms, 5 steps)': { contender: retrying(5, () => 10, 'read'), options: {} },
  'refetch + exponential back-off': { contender: retrying(8, (failures) => 100 * 2 ** failures, 'read'), options: {} },
  'naive (same ETag, back-off)': { contender: retrying(6, (failures) => 500 * 2 ** failures, 'same'), options: {} },
};
