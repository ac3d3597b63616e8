import { expect } from 'chai';
import { DaemonUnderTest } from './daemon.js';
import { oracle } from './oracle.js';
import { atOnce, peers } from './peers.js';
import { processes, world, type World } from './world.js';

/** Eight calls of each process; a seed names its call. */
const worlds = Object.values(processes).flatMap((process, place) =>
  Array.from({ length: 8 }, (_, index) => world(8 * place + index + 1, process, { age: [5_000, 8_000] })),
);

describe('the conflict bench', () => {
  it('has the writer do, by the policy immediate, exactly what the model says of firing at once', async () => {
    const daemon = new DaemonUnderTest('immediate');
    for (const each of worlds) {
      const [got, expected] = [await daemon.meet(each), atOnce(each)];
      expect(got.requests).to.equal(expected.requests);
      expect(got.tookMs).to.be.closeTo(Number(expected.tookMs), 1e-3);
    }
  });

  it('has an oracle that nobody beats who has to know an ETag, and whose requests all arrive if it knows how long they take', () => {
    const cost = (results: readonly { tookMs: number | undefined; requests: number }[]): number =>
      results.reduce((sum, { tookMs = 30_000, requests }) => sum + tookMs + 100 * requests, 0);
    const limit = cost(worlds.map((each) => oracle(each)));
    for (const contender of [atOnce, ...Object.values(peers)]) expect(cost(worlds.map(contender))).to.be.above(limit);
    expect(worlds.map((each) => oracle(each, true).requests)).to.deep.equal(worlds.map(() => 1));
  });

  it('brings all of a burst of wishes home, whatever the policy', async () => {
    const some: World[] = worlds.filter((_, index) => index % 8 === 0);
    for (const policy of ['adaptive', 'debounce', 'immediate'] as const) {
      const daemon = new DaemonUnderTest(policy);
      for (const each of some) {
        const wished = [0, 100, 110, 400].map((after) => ({ at: each.wishedAt + after, attributes: { [`key${after}`]: 'x' } }));
        expect((await daemon.meet(each, wished)).tookMs, policy).to.be.below(30_000);
      }
    }
  });
});
