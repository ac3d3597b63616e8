import { expect } from 'chai';
import { EventGaps } from '../../src/genesys/event-gaps.js';

describe('the gaps between events of a channel', () => {
  const heard = (every: number, times = 30, silenceTimeout = 5_000): EventGaps => {
    const gaps = new EventGaps(0, { silenceTimeout });
    for (let n = 1; n <= times; n += 1) gaps.heard(n * every);
    return gaps;
  };

  it('are nothing to go by before enough events came', () => {
    expect(heard(1_000, 19).suspiciousAt).to.equal(Infinity);
    expect(heard(1_000, 20).suspiciousAt).to.be.below(Infinity);
  });

  it('are nothing to go by before events came for three silence timeouts: a burst tells nothing of what is usual', () => {
    expect(heard(10, 1_000).suspiciousAt).to.equal(Infinity);
    expect(heard(10, 1_600).suspiciousAt).to.be.below(Infinity);
  });

  it('are out of the ordinary after the silence timeout, or three times the longest lately', () => {
    expect(heard(1_000).suspiciousAt).to.equal(30_000 + 5_000);
    expect(heard(60_000).suspiciousAt).to.equal(30 * 60_000 + 180_000);
    expect(heard(60_000).usual).to.equal(60_000);
  });

  it('forget a long gap after some hundred events', () => {
    const gaps = heard(600_000);
    const start = 30 * 600_000;
    for (let n = 1; n <= 1_600; n += 1) gaps.heard(start + n * 100);
    expect(gaps.suspiciousAt).to.equal(start + 160_000 + 5_000);
  });

  it('are awaited twice as long after each look that found nothing, until an event comes', () => {
    const gaps = heard(1_000);
    gaps.looked();
    expect(gaps.suspiciousAt).to.equal(30_000 + 10_000);
    gaps.looked();
    expect(gaps.suspiciousAt).to.equal(30_000 + 20_000);
    gaps.heard(31_000);
    expect(gaps.suspiciousAt).to.equal(31_000 + 5_000);
  });

  it('do not hold the time in which no channel was there', () => {
    const gaps = heard(1_000);
    gaps.skip(1_000_000);
    gaps.heard(1_001_000);
    expect(gaps.usual).to.equal(1_000);
  });
});
