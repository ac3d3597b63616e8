import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { openFleet } from '../../src/cli/open-fleet.js';
import { configSchema } from '../../src/config/schema.js';
import { FakeClock } from '../support/fake-clock.js';
import { eventually } from '../support/eventually.js';
import { RecordingLog } from '../support/recording-log.js';

describe('a daemon that is to join a fleet', () => {
  it('tries again while NATS is away, tells each time for how long, and ends when it is stopped', async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const stop = new AbortController();
    const log = new RecordingLog();
    const config = configSchema.parse({
      genesys: { apiUrl: 'http://localhost', loginUrl: 'http://localhost', clientId: 'c', clientSecretFile: 'secret' },
      notifications: { topics: ['v2.users.1.conversations'] },
      outbox: { dir: '/nowhere' },
      cluster: { nats: { servers: ['nats://127.0.0.1:1'] }, instance: 'vm-1' },
    });
    if (config.cluster === undefined) throw new Error('it has a fleet');
    const waits: { error: string; retryInMs: number }[] = [];
    const opened = openFleet({
      ...{ config, cluster: config.cluster, clock, deadlines, log, stop: stop.signal },
      secret: () => 'secret',
      random: () => 1,
      onWait: (error, retryInMs) => waits.push({ error, retryInMs }),
    });
    await eventually('it has failed once', () => waits.length === 1);
    await clock.advance(waits[0]?.retryInMs ?? 0);
    await eventually('it has failed again', () => waits.length === 2);
    expect(waits.map(({ retryInMs }) => retryInMs)).to.deep.equal([500, 1_000]);
    expect(waits[0]?.error).to.match(/no NATS server answers at nats:\/\/127\.0\.0\.1:1/);
    stop.abort();
    expect(await opened).to.equal(undefined);
  });
});
