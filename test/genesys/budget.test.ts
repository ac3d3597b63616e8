import { expect } from 'chai';
import { settled } from '../support/fake-clock.js';
import { limits } from './support/answers.js';
import { asker, ground, spend } from './support/budgets.js';

describe('Budget', () => {
  it('grants at once while the window has room, and holds back what the reserve keeps', async () => {
    const { budget, clock } = ground({ perMinute: 10, reserve: 0.2 });
    const { order, ask } = asker(budget);
    await spend(budget, 8);
    expect(budget.remaining).to.equal(2);
    void ask('ninth');
    await settled();
    expect(order).to.be.empty;
    await clock.advance(59_999);
    expect(order).to.be.empty;
    await clock.advance(1);
    expect(order).to.deep.equal(['ninth']);
  });

  it('lets urgent calls use the reserve, and pass those that wait', async () => {
    const { budget, clock } = ground({ perMinute: 10, reserve: 0.2 });
    const { order, ask } = asker(budget);
    await spend(budget, 8);
    for (const name of ['a', 'b']) void ask(name);
    for (const name of ['u1', 'u2', 'u3', 'u4']) void ask(name, 1, true);
    await settled();
    expect(order, 'the reserve is for two').to.deep.equal(['u1', 'u2']);
    // whoever is late already gets the window's calls one by one
    await clock.advance(115_000);
    expect(order).to.deep.equal(['u1', 'u2', 'u3', 'u4', 'a', 'b']);
  });

  it('serves first come, first served: a small call does not overtake one for two', async () => {
    const { budget, clock } = ground({ perMinute: 3, reserve: 0 });
    const { order, ask } = asker(budget);
    await spend(budget, 2);
    const pair = ask('pair', 2);
    void ask('one');
    await settled();
    expect(order).to.be.empty;
    await clock.advance(115_000);
    expect(order).to.deep.equal(['pair', 'one']);
    expect(await pair).to.have.length(2);
    expect(budget.remaining).to.equal(0);
  });

  it('serves a call that no window could hold, in a window of its own', async () => {
    const { budget, clock } = ground({ perMinute: 1, reserve: 0.5 });
    const { order, ask } = asker(budget);
    void ask('first', 2);
    void ask('second', 2);
    await settled();
    expect(order).to.deep.equal(['first']);
    await clock.advance(60_000);
    expect(order, 'the first is still under way').to.deep.equal(['first']);
  });

  it('serves an urgent pair too that no window could hold, once nothing else counts in it', async () => {
    const { budget, clock } = ground({ perMinute: 1, reserve: 0 });
    const { order, ask } = asker(budget);
    await spend(budget, 1);
    void ask('pair', 2, true);
    await settled();
    expect(order).to.be.empty;
    await clock.advance(60_000);
    expect(order).to.deep.equal(['pair']);
    expect(budget.remaining).to.equal(0);
  });

  it('serves a pair even where the reserve leaves less than two', async () => {
    const { budget } = ground({ perMinute: 2, reserve: 0.9 });
    expect(await budget.grant(2)).to.have.length(2);
  });

  describe('settling', () => {
    it('gives back what was not used, to whoever waits', async () => {
      const { budget } = ground({ perMinute: 1, reserve: 0 });
      const { order, ask } = asker(budget);
      const [grant] = await ask('first');
      void ask('second');
      await settled();
      grant?.settle(false);
      await settled();
      expect(order).to.deep.equal(['first', 'second']);
    });

    it('counts once, whatever is said afterwards', async () => {
      const { budget } = ground({ perMinute: 10 });
      const [[a], [b]] = [await budget.grant(), await budget.grant()];
      a?.settle(false);
      a?.settle(false);
      a?.settle(true);
      expect(budget.remaining).to.equal(9);
      b?.settle(true);
      b?.settle(false);
      expect(budget.remaining).to.equal(9);
    });

    it('never makes more room than there is', async () => {
      const { budget, clock } = ground({ perMinute: 5 });
      const grants = await budget.grant(3);
      await clock.advance(60_000);
      expect(budget.remaining, 'calls under way may count in the next window').to.equal(2);
      for (const grant of grants) grant.settle(false);
      expect(budget.remaining).to.equal(5);
      await clock.advance(60_000);
      expect(budget.remaining).to.equal(5);
    });
  });

  describe('learning from headers', () => {
    it('believes what the server allows', async () => {
      const { budget } = ground({ perMinute: 300 });
      await spend(budget, 1);
      budget.learn(200, limits(1, 20, 60));
      expect(budget.remaining).to.equal(19);
    });

    it('believes a count that is higher than its own, and none that is lower', async () => {
      const { budget } = ground({ perMinute: 300 });
      await spend(budget, 10);
      budget.learn(200, limits(3, 300, 60));
      expect(budget.remaining).to.equal(290);
      budget.learn(200, limits(250, 300, 60));
      expect(budget.remaining).to.equal(50);
    });

    it('opens the next window when the server does', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      const { order, ask } = asker(budget);
      await spend(budget, 10);
      budget.learn(200, limits(10, 10, 20));
      void ask('later');
      await clock.advance(19_999);
      expect(order).to.be.empty;
      await clock.advance(1);
      expect(order).to.deep.equal(['later']);
    });

    it('notices by an answer that the server is in its next window already', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      await spend(budget, 9);
      budget.learn(200, limits(9, 10, 60));
      await clock.advance(59_500);
      const [grant] = await budget.grant();
      expect(budget.remaining).to.equal(0);
      grant?.settle(true);
      budget.learn(200, limits(1, 10, 60));
      expect(budget.remaining).to.equal(9);
    });

    it('is not fooled by a slow answer: its count is old, its window the same', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      await spend(budget, 8);
      budget.learn(200, limits(8, 10, 60));
      const [slow] = await budget.grant();
      await clock.advance(5_000);
      budget.learn(200, limits(1, 10, 60));
      slow?.settle(true);
      expect(budget.remaining).to.equal(1);
      await clock.advance(55_000);
      expect(budget.remaining, 'nor does the window end later for it').to.equal(10);
    });

    it('is not fooled by an answer that comes when its window is over', async () => {
      const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
      await spend(budget, 9);
      budget.learn(200, limits(9, 10, 10));
      const [slow] = await budget.grant();
      await clock.advance(10_000);
      await spend(budget, 9);
      await clock.advance(2_000);
      budget.learn(200, limits(10, 10, 1));
      slow?.settle(true);
      await clock.advance(1_500);
      expect(budget.remaining, 'nine and the slow one count in this window').to.equal(0);
    });

    for (const [name, headers] of [
      ['no headers', {}],
      ['garbage', { 'inin-ratelimit-count': 'many', 'inin-ratelimit-allowed': 'NaN', 'inin-ratelimit-reset': '-1' }],
      ['nothing allowed', { 'inin-ratelimit-allowed': '0' }],
      ['half of them', { 'inin-ratelimit-count': '290' }],
    ] as const) {
      it(`is not shaken by ${name}`, async () => {
        const { budget } = ground({ perMinute: 300 });
        await spend(budget, 1);
        budget.learn(200, headers);
        expect(budget.remaining).to.equal(299);
      });
    }
  });

  describe('a 429', () => {
    it('holds everything, urgent calls too, until Retry-After is over', async () => {
      const { budget, clock, log } = ground();
      const { order, ask } = asker(budget);
      budget.learn(429, { 'retry-after': '42' });
      void ask('a');
      void ask('u', 1, true);
      expect(budget.open).to.equal(false);
      expect(budget.remaining).to.equal(300);
      await clock.advance(41_999);
      expect(order).to.be.empty;
      await clock.advance(1);
      expect(order).to.deep.equal(['u', 'a']);
      expect(budget.open).to.equal(true);
      expect(log.of('budget.throttled')).to.deep.equal([{ reason: '429', forMs: 42_000, waiting: 0 }]);
    });

    it('holds until the date that it tells', async () => {
      const { budget, clock } = ground();
      budget.learn(429, { 'retry-after': new Date(clock.wall() + 4_000).toUTCString() });
      await clock.advance(3_999);
      expect([budget.open, budget.held]).to.deep.equal([false, true]);
      await clock.advance(1);
      expect(budget.open).to.equal(true);
    });

    it('is not open for a call that is not urgent when only the reserve is left', async () => {
      const { budget } = ground({ perMinute: 10, reserve: 0.5 });
      await budget.grant(5);
      expect([budget.open, budget.remaining]).to.deep.equal([false, 5]);
    });

    it('never shortens a hold, and holds for a second if it does not say how long', async () => {
      const { budget, clock } = ground();
      budget.learn(429, { 'retry-after': '10' });
      budget.learn(429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' });
      await clock.advance(9_999);
      expect(budget.open).to.equal(false);
      await clock.advance(1);
      expect(budget.open).to.equal(true);
      budget.learn(429, {});
      await clock.advance(999);
      expect(budget.open).to.equal(false);
      await clock.advance(1);
      expect(budget.open).to.equal(true);
    });

    it('is not felt where another status carries Retry-After', () => {
      const { budget } = ground();
      budget.learn(503, { 'retry-after': '42' });
      expect(budget.open).to.equal(true);
    });
  });

  it('tells that calls wait, once a window, with how many and how long', async () => {
    const { budget, clock, log } = ground({ perMinute: 2, reserve: 0 });
    const { ask } = asker(budget);
    await clock.advance(1_000);
    await spend(budget, 2);
    expect(log.of('budget.throttled')).to.be.empty;
    expect(budget.open).to.equal(false);
    await clock.advance(20_000);
    for (const name of ['a', 'b', 'c']) void ask(name);
    expect(log.of('budget.throttled')).to.deep.equal([{ reason: 'budget', forMs: 40_000, waiting: 1 }]);
    await clock.advance(60_000);
    expect(log.of('budget.throttled')).to.have.length(2);
  });
});
