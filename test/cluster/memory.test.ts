import { expect } from 'chai';
import { CoordinatorFailed } from '../../src/cluster/coordinator.js';
import { MemoryCoordinator } from '../../src/cluster/memory/coordinator.js';
import { MemoryEngine } from '../../src/cluster/memory/engine.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { conforms } from './conformance.js';

const ttl = 1_000;

conforms(
  'in memory',
  () => {
    const clock = new FakeClock();
    const engine = new MemoryEngine({ clock, leaseTtl: ttl });
    return Promise.resolve({
      connect: () => Promise.resolve(new MemoryCoordinator(engine)),
      pass: (ms) => clock.advance(ms),
      until: async (what, holds) => {
        await settled();
        expect(holds(), what).to.equal(true);
      },
      feed: (stream, subject, texts) => {
        for (const text of texts) engine.feed(stream, subject, text);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  },
  ttl,
);

describe('a coordinator in memory that is cut off', () => {
  it('fails its calls and is told nothing, and is told what it missed when it is mended', async () => {
    const engine = new MemoryEngine({ clock: new FakeClock(), leaseTtl: ttl });
    const [one, other] = [new MemoryCoordinator(engine), new MemoryCoordinator(engine)];
    const told: string[] = [];
    const reachable: boolean[] = [];
    one.reachable.subscribe((state) => reachable.push(state));
    await one.leases.watch(({ key, value }) => told.push(`${key} ${String(value)}`));
    const kept = await other.leases.create('member.a', 'there');
    await settled();
    one.cut();
    await other.leases.delete('member.a', kept);
    await other.leases.create('member.b', 'new');
    await settled();
    expect(told).to.deep.equal(['member.a there']);
    expect(await one.leases.create('member.c', 'x').catch((error: unknown) => error)).to.be.instanceOf(CoordinatorFailed);
    one.mend();
    expect(told.slice(1)).to.deep.equal(['member.a undefined', 'member.b new']);
    expect(reachable).to.deep.equal([true, false, true]);
    await one.close();
  });
});
