import { expect } from 'chai';
import type { Answer } from '../../src/genesys/answer.js';
import { eventually } from '../support/eventually.js';
import { answer } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { Org } from './support/org.js';

describe('Shard, connected but useless', () => {
  const closing = cleanup();
  /** A channel on which an event came each second, and then none, while pongs come. */
  const stalled = async (prepare: (org: Org) => void): Promise<Org> => {
    const org = await Org.open();
    org.answering();
    closing(() => org.close());
    org.settings.silenceTimeout = 5_000;
    void org.run();
    await org.connected();
    for (let n = 1; n <= 20; n += 1) {
      org.streaming.event(n);
      await eventually('it came', () => org.signals.at(-1) === `event ${n}`);
      await org.clock.advance(1_000);
    }
    prepare(org);
    await quiet(org, 8_000);
    return org;
  };
  /** Time passes in which the server answers pings. */
  const quiet = async (org: Org, ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1_000) {
      const pings = org.streaming.heard.length;
      await org.clock.advance(1_000);
      if (org.streaming.heard.length > pings) await eventually('it answered', () => org.shard.connected);
      // pongs cross a real socket
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('is replaced when the platform says that all is well, and what was missed counts as a gap', async () => {
    const org = await stalled(() => undefined);
    await eventually('it was replaced', () => org.log.of('channel.rotated').length === 1);
    expect(org.log.of('channel.stalled')[0]).to.include({ found: 'nothing wrong' });
    expect(org.log.of('channel.rotated')[0]).to.include({ reason: 'stalled' });
    expect(org.signals.at(-1)).to.equal('gap');
    expect(org.calls).to.include('HEAD channel');
  });

  it('is replaced when the platform has no such channel any more', async () => {
    const org = await stalled((org_) => {
      org_.head = (): Answer => answer(404);
    });
    await eventually('it was replaced', () => org.log.of('channel.rotated').length === 1);
    expect(org.log.of('channel.stalled')[0]).to.include({ found: 'gone' });
  });

  it('has its topics made good when they are missing', async () => {
    const org = await stalled((org_) => {
      org_.list = (): Answer => answer(200, { entities: [] });
    });
    await eventually('it was mended', () => org.log.of('channel.stalled').length === 1);
    expect(org.log.of('channel.stalled')[0]).to.include({ found: 'topics missing' });
    expect(org.subscribed).to.equal(2);
    expect(org.log.of('channel.rotated')).to.be.empty;
    expect(org.signals.at(-1)).to.equal('gap');
  });

  it('is told of when the platform cannot be asked', async () => {
    const org = await stalled((org_) => {
      org_.head = (): Answer => answer(500);
    });
    await eventually('it was told', () => org.log.of('channel.stalled').length === 1);
    expect(org.log.of('channel.rotated')).to.be.empty;
    expect(org.shard.connected).to.equal(true);
  });
});
