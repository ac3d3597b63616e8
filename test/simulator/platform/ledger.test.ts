import { expect } from 'chai';
import { Ledger, type WriteRecord } from '../../../src/simulator/platform/ledger.js';
import { FakeClock } from '../../support/fake-clock.js';

const write: Omit<WriteRecord, 'at'> = {
  client: 'app',
  token: 't',
  target: 'voice',
  conversationId: 'c',
  participantIds: ['p'],
  attributes: { tier: 'gold' },
  ifMatch: '"1"',
  version: 1,
  status: 200,
};

describe('the ledger of the simulator', () => {
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
