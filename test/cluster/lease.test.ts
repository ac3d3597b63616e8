import { expect } from 'chai';
import { Lease } from '../../src/cluster/lease.js';
import { FakeClock } from '../support/fake-clock.js';

const ttl = 10_000;

function leaseAt(clock: FakeClock): Lease {
  return new Lease(
    { key: 'partition.1', revision: 1, value: { by: 'vm-1', session: 's' } },
    { clock, ttl, sent: { now: clock.now(), wall: clock.wall() } },
  );
}

describe('a lease', () => {
  it('lasts from when its last renewal was sent', async () => {
    const clock = new FakeClock();
    const lease = leaseAt(clock);
    await clock.advance(3_000);
    const sent = { now: clock.now(), wall: clock.wall() };
    await clock.advance(1_000);
    lease.renewed(2, sent);
    expect(lease.left()).to.equal(ttl - 1_000);
    expect(lease.revision).to.equal(2);
  });

  it('that was over for a moment stays so, when the renewal is answered after that', async () => {
    const clock = new FakeClock();
    const lease = leaseAt(clock);
    await clock.advance(9_500);
    const sent = { now: clock.now(), wall: clock.wall() };
    await clock.advance(600);
    expect(lease.left()).to.equal(0);
    lease.renewed(2, sent);
    expect(lease.left()).to.equal(0);
  });
});
