import { expect } from 'chai';
import type { Tenure } from '../../src/write/tenure.js';
import type { Fate } from '../support/fake-platform.js';
import { flight } from '../support/proving.js';
import { Writing } from '../support/writing.js';

const all = (): boolean => true;

/** A tenure that a test moves by hand. */
class Moved implements Tenure {
  readonly writeWithin = 100;
  leftMs = 1_000;
  fenceOf: number | undefined = 1;

  left(): number {
    return this.leftMs;
  }

  fence(): number | undefined {
    return this.fenceOf;
  }

  owns(): boolean {
    return this.fenceOf !== undefined;
  }
}

/** What a fleet does when a partition goes, and when it comes. */
function leave({ writer, outbox, registry }: Writing, tenure: Moved): void {
  tenure.fenceOf = undefined;
  tenure.leftMs = 0;
  writer.abandon(all);
  outbox.release(all);
  registry.release(all);
}

function take({ writer, outbox }: Writing, tenure: Moved, intents: Parameters<typeof outbox.adopt>[0]): void {
  tenure.fenceOf = 2;
  tenure.leftMs = 1_000;
  for (const intent of outbox.adopt(intents))
    if (intent.attributes !== undefined) writer.submit({ ...intent, attributes: intent.attributes });
}

describe('a writer of a fleet', () => {
  it('brings home what it had begun when its conversation goes and is back before that has ended', async () => {
    const tenure = new Moved();
    let refused = false;
    // it backs off for a while after that
    const fate = (): Fate => {
      const first = !refused;
      refused = true;
      return first ? { kind: 'answered', status: 503 } : { kind: 'served' };
    };
    const house = new Writing({ ...flight, tenure, judge: fate });
    await house.known();
    const intent = { ...(await house.wish({ tier: 'gold' })) };
    await house.clock.advance(25);
    leave(house, tenure);
    take(house, tenure, [intent]);
    await house.clock.advance(10_000);
    expect(house.platform.attributes).to.include({ tier: 'gold' });
    expect(house.writer.pending).to.equal(0);
    await house.end();
  });

  it('keeps a wish that comes while a renewal of the lease is late', async () => {
    const tenure = new Moved();
    const house = new Writing({ ...flight, tenure });
    await house.known();
    tenure.leftMs = 0;
    await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.platform.writes).to.be.empty;
    tenure.leftMs = 1_000;
    await house.clock.advance(1_000);
    expect(house.platform.attributes).to.include({ tier: 'gold' });
    await house.end();
  });

  it('does nothing for a wish whose conversation has gone while it was looked for', async () => {
    const tenure = new Moved();
    const house = new Writing({ ...flight, tenure });
    const intent = { ...(await house.wish({ tier: 'gold' })) };
    leave(house, tenure);
    take(house, tenure, [intent]);
    await house.clock.advance(10_000);
    expect(house.platform.writes).to.have.length(1);
    await house.end();
  });
});
