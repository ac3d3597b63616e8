import { expect } from 'chai';
import { statusOf } from '../../src/figures/status.js';
import { eventually } from '../support/eventually.js';
import { inHouse, queuedCall } from '../support/house.js';

const rules = [{ name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } }];

describe('the status of a daemon', () => {
  it('tells what came in, what was written and how much is left of everything', () =>
    inHouse({ config: { rules } }, async ({ simulator, daemon, log }) => {
      queuedCall(simulator);
      await eventually('it is confirmed', () => log.of('intent.confirmed').length === 1);
      const { uptimeMs, budget, channels, outbox, perMinute, totals, wishToApplied, ...status } = statusOf(daemon);
      expect(status).to.deep.equal({
        version: '1.2.3',
        ready: true,
        reasons: [],
        pending: 0,
        oldestMs: undefined,
        unconfirmed: 0,
        deadLetters: 0,
        conversations: 1,
        live: 1,
        lookups: [],
        outOfReach: false,
        topics: { desired: 2, permitted: 2, rejected: [] },
      });
      expect(uptimeMs).to.be.above(0);
      expect(perMinute).to.include({ writes: 1, conflicts: 0, failed: 0 });
      expect(totals).to.include({ writes: 1, conflicts: 0, failed: 0, accepted: 1, applied: 1, confirmed: 1, dead: 0 });
      expect(totals.events).to.be.at.least(1);
      expect(wishToApplied.count).to.equal(1);
      expect(wishToApplied.p50Ms).to.be.a('number').and.to.equal(wishToApplied.p95Ms).and.to.equal(wishToApplied.maxMs);
      expect(perMinute.events).to.be.at.least(1);
      expect(budget).to.include({ allowed: 300, heldForMs: 0, waiting: 0 });
      expect(channels.map(({ state, lastFrameMs }) => [state, typeof lastFrameMs])).to.deep.equal([['open', 'number']]);
      expect(channels[0]?.channel).to.equal(log.of('channel.created')[0]?.['channel']);
      expect(outbox).to.include({ kept: 1, open: 0, dead: 0, maxBytes: 1024 ** 3, trouble: undefined });
    }));

  it('tells the slowest lookups first, and not all of them', () =>
    inHouse({}, ({ daemon }) => {
      for (const seconds of [0.2, 0.7, 0.1, 0.3, 0.6, 0.5]) daemon.metrics.observe('lookup_seconds', seconds, `takes ${seconds}`);
      daemon.metrics.observe('lookup_seconds', 0.1, 'takes 0.7');
      const { lookups } = statusOf(daemon);
      expect(lookups[0]).to.deep.equal({ lookup: 'takes 0.7', count: 2, p50Ms: 100, p95Ms: 700, maxMs: 700 });
      expect(lookups.map(({ p95Ms }) => p95Ms)).to.deep.equal([700, 600, 500, 300, 200]);
      return Promise.resolve();
    }));

  it('tells since when the oldest wish waits, why it is not ready, and which topics are rejected', () =>
    inHouse(
      {
        scenario: { permissions: ['conversation:view', 'conversation:write', 'routing:queue:view'] },
        config: ({ topics }) => ({
          rules,
          write: { enabled: false },
          notifications: { topics: [...topics, 'v2.detail.events.conversation.x.acd.start'] },
        }),
      },
      async ({ simulator, daemon, log }) => {
        queuedCall(simulator);
        await eventually('a wish is held', () => log.of('write.held').length === 1);
        daemon.budget.learn(429, { 'retry-after': '30' });
        const status = statusOf(daemon);
        expect(status).to.deep.include({ ready: false, reasons: ['the budget is used up'], pending: 1, unconfirmed: 0 });
        expect(status.oldestMs).to.be.at.least(0);
        expect(status.budget.heldForMs).to.be.within(20_000, 30_000);
        expect(status.topics).to.include({ desired: 3, permitted: 2 });
        expect(status.topics.rejected.map(({ missingPermissions }) => missingPermissions)).to.deep.equal([
          ['analytics:conversationDetail:view'],
        ]);
      },
    ));
});
