import { expect } from 'chai';
import { Delays } from '../../src/conversation/delays.js';

/** What may be drawn. */
function all(draw: (random: () => number) => number): number[] {
  return [...new Set(Array.from({ length: 1_000 }, (_, index) => draw(() => index / 1_000)))];
}

describe('delays', () => {
  it('are the usual ones until sixteen were measured', () => {
    const delays = new Delays();
    for (let count = 0; count < 15; count += 1) {
      delays.answered(2_000);
      delays.echoed(1_000);
    }
    expect(Math.max(...all((random) => delays.ofWay(random)))).to.be.below(100);
    expect(Math.max(...all((random) => delays.ofEvent(random)))).to.be.below(200);
    delays.answered(2_000);
    delays.echoed(-5);
    expect(
      all((random) => delays.ofWay(random)),
      'one way of two',
    ).to.deep.equal([1_000]);
    expect(
      all((random) => delays.ofEvent(random)),
      'none came before it was sent',
    ).to.deep.equal([1_000, 0]);
  });

  it('are those of the last 128 writes', () => {
    const delays = new Delays();
    for (let count = 0; count < 128; count += 1) delays.echoed(1_000);
    for (let count = 0; count < 128; count += 1) delays.echoed(7);
    expect(all((random) => delays.ofEvent(random))).to.deep.equal([7]);
  });
});
