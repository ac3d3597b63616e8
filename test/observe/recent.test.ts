import { expect } from 'chai';
import { Recent } from '../../src/observe/recent.js';
import { FakeClock } from '../support/fake-clock.js';

describe('the values of the last minute', () => {
  let clock: FakeClock;
  let recent: Recent;
  beforeEach(() => {
    clock = new FakeClock();
    recent = new Recent({ clock });
  });

  it('are told by how many there were, and by values that there were', () => {
    for (let value = 100; value >= 1; value -= 1) recent.add(value);
    expect(recent.values).to.deep.equal({ count: 100, p50: 50, p95: 95, max: 100 });
  });

  it('may be one, or none', () => {
    expect(recent.values).to.equal(undefined);
    recent.add(7);
    expect(recent.values).to.deep.equal({ count: 1, p50: 7, p95: 7, max: 7 });
  });

  it('go when they are a minute old', async () => {
    recent.add(1);
    await clock.advance(59_999);
    recent.add(2);
    expect(recent.values).to.deep.equal({ count: 2, p50: 1, p95: 2, max: 2 });
    await clock.advance(1);
    expect(recent.values).to.deep.equal({ count: 1, p50: 2, p95: 2, max: 2 });
    await clock.advance(60_000);
    expect(recent.values).to.equal(undefined);
  });

  it('are the newest 1,000 of them: a flood costs no memory', () => {
    for (let value = 1; value <= 1_500; value += 1) recent.add(value);
    expect(recent.values).to.deep.equal({ count: 1_000, p50: 1_000, p95: 1_450, max: 1_500 });
  });
});
