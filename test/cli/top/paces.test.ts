import { expect } from 'chai';
import { Paces } from '../../../src/cli/top/paces.js';

describe('how fast counts grow', () => {
  it('is not known at the first look', () => {
    const paces = new Paces();
    paces.look(0, { events: 7 });
    expect(paces.all).to.deep.equal([{ name: 'events', now: undefined, past: [] }]);
  });

  it('is told each second, however long it is between two looks', () => {
    const paces = new Paces();
    for (const [at, events] of [
      [0, 100],
      [500, 110],
      [2_500, 130],
    ] as const)
      paces.look(at, { events });
    expect(paces.all).to.deep.equal([{ name: 'events', now: 10, past: [20, 10] }]);
  });

  it('begins at nothing where a count fell: the daemon was started anew', () => {
    const paces = new Paces();
    paces.look(0, { writes: 90 });
    paces.look(1_000, { writes: 4 });
    expect(paces.all[0]?.now).to.equal(4);
  });

  it('is not told twice for the same moment', () => {
    const paces = new Paces();
    paces.look(5, { writes: 1 });
    paces.look(5, { writes: 9 });
    expect(paces.all[0]?.past).to.be.empty;
  });

  it('keeps 300 looks', () => {
    const paces = new Paces();
    for (let look = 0; look < 500; look += 1) paces.look(look * 1_000, { writes: look * look });
    const past = paces.all[0]?.past ?? [];
    expect(past).to.have.length(300);
    expect(past.at(-1)).to.equal(499 ** 2 - 498 ** 2);
  });
});
