import { expect } from 'chai';
import { aliveChecks, readyDetails } from '../../src/figures/checks.js';
import type { TopicState } from '../../src/genesys/channel.js';
import type { Notifications } from '../../src/genesys/notifications.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import { healthOf } from '../../src/observe/health.js';
import { FakeClock } from '../support/fake-clock.js';
import { makeDaemon, openSimulator } from '../support/house.js';

describe('whether a daemon is alive', () => {
  it('is denied once its outbox has kept nothing for half a minute, and no sooner', async () => {
    const store = new MemoryStore();
    let kept: (() => void) | undefined;
    store.put = () => new Promise((resolve) => (kept = resolve));
    const clock = new FakeClock();
    const simulator = await openSimulator();
    const { daemon } = makeDaemon(simulator, {}, undefined, store, { clock });
    const why = (): readonly string[] => healthOf(aliveChecks(daemon)).reasons;
    try {
      const accepting = daemon.outbox.accept({ conversationId: 'c', participant: { id: 'p' }, attributes: { a: 'b' } });
      await clock.advance(30_000);
      expect(why()).to.be.empty;
      await clock.advance(1);
      expect(why()).to.deep.equal(['the outbox has kept nothing for 30001 ms: its disk hangs']);
      kept?.();
      await accepting;
      expect(why()).to.be.empty;
    } finally {
      await simulator.close();
    }
  });
});

describe('the body of /readyz', () => {
  it('has the refused topics first, at most a thousand topics, and their counts', () => {
    const state = (topic: string, permitted: boolean): TopicState => ({ topic, permitted, reason: undefined, missingPermissions: [] });
    const topics = [...Array.from({ length: 1_200 }, (_, index) => state(`v2.${index}`, true)), state('v2.refused', false)];
    const notifications: Pick<Notifications, 'topics' | 'desired'> = { topics, desired: topics.map(({ topic }) => topic) };
    const details = readyDetails({ notifications });
    expect(details.topics).to.have.length(1_000);
    expect(details.topics[0]).to.include({ topic: 'v2.refused', permitted: false });
    expect(details.topicCounts).to.deep.equal({ desired: 1_201, permitted: 1_200, rejected: 1 });
  });
});
