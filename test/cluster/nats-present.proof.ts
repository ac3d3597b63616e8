import { systemClock } from '../../src/base/clock.js';
import type { Coordinator, Stop } from '../../src/cluster/coordinator.js';
import { connectNats } from '../../src/cluster/nats/connect.js';
import { eventually } from '../support/eventually.js';
import { withEngine } from './support/engine.js';

/** Partitions that are followed, each while its one conversation's events come. */
const partitions = 100;

/** Runs a test with an instance's way to one nats-server. */
function onNats(test: (coordinator: Coordinator) => Promise<void>): Promise<void> {
  return withEngine(1, async ({ servers }) => {
    const options = { name: 'vm-1', prefix: 'attributed', leaseTtl: 2_000, replicas: 1, maxBytes: 1024 ** 2 };
    const coordinator = await connectNats({ ...options, servers, clock: systemClock });
    try {
      await test(coordinator);
    } finally {
      await coordinator.close();
    }
  });
}

describe('a fleet’s streams on nats-server', () => {
  it('tell when all that stood was told, also where what stood is replaced at that moment', () =>
    onNats(async ({ events }) => {
      const publish = (partition: number): Promise<void> =>
        events.publish({ partition, conversationId: 'c', text: 'an event', id: undefined, fence: undefined });
      const waiting = new Set<number>();
      const stops: Stop[] = [];
      for (let partition = 0; partition < partitions; partition += 1) {
        await publish(partition);
        waiting.add(partition);
        const replacing = (async () => {
          for (let event = 0; event < 6; event += 1) await publish(partition);
        })();
        stops.push(
          await events.consume(
            partition,
            () => undefined,
            () => waiting.delete(partition),
          ),
        );
        await replacing;
      }
      await eventually('each of them tells it', () => waiting.size === 0, { every: 20 });
      for (const stop of stops) await stop();
    })).timeout(60_000);
});
