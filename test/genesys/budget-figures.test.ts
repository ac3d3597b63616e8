import { expect } from 'chai';
import { settled } from '../support/fake-clock.js';
import { ground } from './support/budgets.js';

describe('the figures of the budget', () => {
  it('tell what is left of the window, how long it and a 429 last, and how many requests wait', async () => {
    const { budget, clock } = ground({ perMinute: 10, reserve: 0 });
    for (let call = 0; call < 4; call += 1) for (const grant of await budget.grant()) grant.settle(true);
    await clock.advance(20_000);
    expect(budget.figures).to.deep.equal({ allowed: 10, remaining: 6, resetsInMs: 40_000, heldForMs: 0, waiting: 0 });
    budget.learn(429, { 'retry-after': '12' });
    void budget.grant();
    await settled();
    expect(budget.figures).to.include({ heldForMs: 12_000, waiting: 1 });
    await clock.advance(12_000);
    expect(budget.figures).to.include({ remaining: 5, heldForMs: 0, waiting: 0 });
  });
});
