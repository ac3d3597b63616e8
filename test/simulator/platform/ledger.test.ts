import { expect } from 'chai';
import { Ledger, type WriteRecord } from '../../../src/simulator/platform/ledger.js';
import { FakeClock } from '../../support/fake-clock.js';

const write: Omit<WriteRecord, 'at'> = {
  target: 'voice',
  conversationId: 'c',
  participantIds: ['p'],
  attributes: { tier: 'gold' },
  ifMatch: '"1"',
  version: 1,
  status: 200,
};

describe('the ledger of the simulator', () => {
  it('counts two writes of one resource at a time, and not of two', () => {
    const ledger = new Ledger(new FakeClock());
    const first = ledger.arrived('c/p');
    const other = ledger.arrived('c/q');
    expect(ledger.overlaps).to.equal(0);
    const second = ledger.arrived('c/p');
    expect(ledger.overlaps).to.equal(1);
    for (const answered of [first, second, other]) answered();
    ledger.arrived('c/p')();
    expect(ledger.overlaps).to.equal(1);
  });

  it('takes an answer for gone out only once', () => {
    const ledger = new Ledger(new FakeClock());
    const answered = ledger.arrived('c/p');
    answered();
    answered();
    ledger.arrived('c/p');
    ledger.arrived('c/p');
    expect(ledger.overlaps).to.equal(1);
  });

  it('tells when a value was first applied, at a moment or later', async () => {
    const clock = new FakeClock();
    const ledger = new Ledger(clock);
    ledger.write({ ...write, status: 409 });
    await clock.advance(10);
    ledger.write(write);
    await clock.advance(10);
    ledger.write({ ...write, status: 202 });
    expect(ledger.appliedAt('c', 'tier', 'gold', 0)).to.equal(10);
    expect(ledger.appliedAt('c', 'tier', 'gold', 11)).to.equal(20);
    expect(ledger.appliedAt('c', 'tier', 'gold', 21)).to.be.undefined;
    expect(ledger.appliedAt('c', 'tier', 'silver', 0)).to.be.undefined;
    expect(ledger.appliedAt('d', 'tier', 'gold', 0)).to.be.undefined;
    expect(ledger.appliedAt('c', 'queue', 'gold', 0)).to.be.undefined;
  });
});
