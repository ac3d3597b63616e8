import { expect } from 'chai';
import type { Budget } from '../../src/genesys/budget.js';
import type { Claim } from '../../src/genesys/scheduler.js';
import { settled } from '../support/fake-clock.js';
import { asker, ground, spend } from './support/budgets.js';

describe('what waits for the budget', () => {
  describe('with its claims', () => {
    /** Asks with a claim that the test may change. */
    function claiming(budget: Budget, given: Partial<Claim>, order: string[] = [], name = ''): Claim {
      const claim: Claim = { rank: 'usual', since: 0, size: 1, conflicts: 0, ...given };
      void budget
        .grant(1, () => claim)
        .then(([grant]) => {
          order.push(name);
          grant?.settle(true);
        });
      return claim;
    }

    it('lets calls of conversations that end use half of the reserve, behind urgent ones', async () => {
      const { budget, clock } = ground({ perMinute: 20, reserve: 0.2 });
      const { order, ask } = asker(budget);
      await spend(budget, 16);
      for (const name of ['e1', 'e2', 'e3']) claiming(budget, { rank: 'ending' }, order, name);
      await settled();
      expect(order).to.deep.equal(['e1', 'e2']);
      void ask('u1', 1, true);
      await settled();
      expect(order).to.deep.equal(['e1', 'e2', 'u1']);
      await spend(budget, 1, true);
      void ask('usual');
      void ask('u2', 1, true);
      await clock.advance(60_000);
      expect(order).to.deep.equal(['e1', 'e2', 'u1', 'u2', 'e3', 'usual']);
    });

    it('are asked when somebody is picked, not before: what waits may grow, and rise', async () => {
      const { budget, clock } = ground({ perMinute: 2, reserve: 0 });
      const order: string[] = [];
      await spend(budget, 2);
      claiming(budget, { size: 5 }, order, 'five');
      const grows = claiming(budget, { size: 1 }, order, 'grows');
      const ends = claiming(budget, { size: 1 }, order, 'ends');
      grows.size = 6;
      ends.rank = 'ending';
      await clock.advance(60_000);
      expect(order).to.deep.equal(['ends', 'grows']);
    });

    it('that have risen are served as soon as that is told, if there is room for them', async () => {
      const { budget } = ground({ perMinute: 10, reserve: 0.4 });
      const order: string[] = [];
      await spend(budget, 6);
      const claim = claiming(budget, {}, order, 'ends');
      budget.reconsider();
      await settled();
      expect(order).to.be.empty;
      claim.rank = 'ending';
      budget.reconsider();
      await settled();
      expect(order).to.deep.equal(['ends']);
    });

    it('of usual calls are spread over the window in overload, and the rest of them is served when it ends', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      const order: string[] = [];
      await spend(budget, 10);
      for (let each = 1; each <= 30; each += 1) claiming(budget, { since: 1_000, size: each % 7, conflicts: each % 3 }, order, 'usual');
      const granted: number[] = [];
      for (let second = 1; second <= 180; second += 1) {
        await clock.advance(1_000);
        granted.push(order.length);
      }
      expect(granted[58], 'before the window opens').to.equal(0);
      expect(granted[59], 'one goes at once').to.equal(1);
      expect(granted[60 + 26]).to.be.within(4, 6);
      expect(granted[60 + 58], 'all of the window are used').to.equal(10);
      expect(granted[120 + 58]).to.equal(20);
    });

    it('that were just refused wait for no turn in overload: what the answer told is old by then', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      const order: string[] = [];
      await spend(budget, 10);
      for (let each = 1; each <= 20; each += 1) claiming(budget, { since: 1_000, size: 3 }, order, 'usual');
      await clock.advance(61_000);
      expect(order).to.deep.equal(['usual']);
      claiming(budget, { since: clock.now(), size: 2, again: true }, order, 'refused, and not the best');
      claiming(budget, { since: 1_000, size: 4, again: true }, order, 'refused');
      claiming(budget, { since: 1_000, size: 5 }, order, 'better');
      await settled();
      expect(order).to.deep.equal(['usual', 'refused']);
      await clock.advance(6_000);
      expect(order.slice(2)).to.deep.equal(['better']);
    });

    it('of usual calls that come in overload wait for their turn, and are asked no more than those who come', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      let asked = 0;
      await spend(budget, 10);
      for (let each = 0; each < 20; each += 1)
        void budget.grant(1, () => {
          asked += 1;
          return { rank: 'usual', since: 0, size: 1, conflicts: 0 };
        });
      await clock.advance(60_000);
      const { order, ask } = asker(budget);
      asked = 0;
      for (let each = 0; each < 50; each += 1) void ask('usual');
      void ask('platform', 1, true);
      await settled();
      expect(order).to.deep.equal(['platform']);
      expect(asked, 'by the one of another rank').to.equal(19);
    });

    it('are asked once each when the window opens, and not at all where nobody else waits', async () => {
      const { budget, clock } = ground({ perMinute: 1_000, reserve: 0 });
      await spend(budget, 1_000);
      let asked = 0;
      for (let each = 0; each < 900; each += 1)
        void budget.grant(1, () => {
          asked += 1;
          return { rank: 'usual', since: 0, size: 1, conflicts: 0 };
        });
      asked = 0;
      await clock.advance(60_000);
      expect(asked).to.equal(900);
    });
  });

  describe('the pace', () => {
    it('is the share of the calls left over the share of the time left, but for a head start', async () => {
      const { budget, clock } = ground({ perMinute: 100, reserve: 0.2 });
      expect(budget.pace).to.be.closeTo(1 / 0.9, 0.001);
      await spend(budget, 40);
      expect(budget.pace, 'half of the usual ones are left').to.be.closeTo(0.5 / 0.9, 0.001);
      await clock.advance(30_000);
      expect(budget.pace).to.be.closeTo(0.5 / 0.4, 0.001);
      await clock.advance(25_000);
      expect(budget.pace).to.equal(Infinity);
      await spend(budget, 40);
      expect(budget.pace).to.equal(0);
      await clock.advance(5_000);
      expect(budget.pace).to.be.closeTo(1 / 0.9, 0.001);
    });

    it('is that of enough after a handful of calls as the window opens', async () => {
      const { budget } = ground({ perMinute: 60, reserve: 0.1 });
      await spend(budget, 5);
      expect(budget.pace).to.be.at.least(1);
    });

    it('counts what waits as spent', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      await spend(budget, 10);
      for (let each = 0; each < 25; each += 1) void budget.grant();
      await clock.advance(60_000);
      expect(budget.remaining).to.be.above(0);
      expect(budget.pace).to.equal(0);
    });
  });
});
