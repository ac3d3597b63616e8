import { connect, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.js';
import { CoordinatorFailed, type Coordinator } from '../../src/cluster/coordinator.js';
import { connectNats } from '../../src/cluster/nats/connect.js';
import { eventually } from '../support/eventually.js';
import { conforms, type Engine } from './conformance.js';
import { withEngine, type Engine as Servers } from './support/engine.js';

/** Short, as these tests wait for real time; a server looks for what is too old about once a second. */
const ttl = 1_500;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function coordinatorAt(
  servers: readonly string[],
  name: string,
  more: { replicas?: number; maxBytes?: number } = {},
): Promise<Coordinator> {
  return connectNats({ servers, name, prefix: 'proof', leaseTtl: ttl, replicas: 1, maxBytes: 1024 ** 2, clock: systemClock, ...more });
}

/** Real servers for one test; `end` ends them. */
async function started(count: number): Promise<{ servers: Servers; end: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const running = withEngine(
      count,
      (servers) =>
        new Promise<void>((over) => {
          resolve({
            servers,
            end: async () => {
              over();
              await running;
            },
          });
        }),
    );
    running.catch(reject);
  });
}

conforms(
  'on NATS JetStream',
  async (): Promise<Engine> => {
    const { servers, end } = await started(1);
    let others: NatsConnection | undefined;
    return {
      connect: (member) => coordinatorAt(servers.servers, member),
      pass: wait,
      until: (what, holds) => eventually(what, holds),
      feed: async (stream, subject, texts) => {
        others ??= await connect({ servers: [...servers.servers] });
        await (await jetstreamManager(others)).streams.add({ name: stream, subjects: [subject] });
        for (const text of texts) await jetstream(others).publish(subject, text);
      },
      close: async () => {
        await others?.close();
        await end();
      },
    };
  },
  ttl,
);

describe('a coordinator on NATS JetStream', () => {
  it('says in words that no server answers', async () => {
    const error = await coordinatorAt(['nats://127.0.0.1:1'], 'vm-1').catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(CoordinatorFailed);
    expect(String(error)).to.match(/no NATS server answers at nats:\/\/127\.0\.0\.1:1: check cluster\.nats\.servers/);
  });

  it('goes on after the server was killed and started again: leases, events, intents and watches', async () => {
    const { servers, end } = await started(1);
    const one = await coordinatorAt(servers.servers, 'vm-1');
    const reachable: boolean[] = [];
    one.reachable.subscribe((state) => reachable.push(state));
    const keys = new Set<string>();
    const events: string[] = [];
    const intents: string[] = [];
    await one.leases.watch(({ key }) => keys.add(key));
    await one.events.consume(
      3,
      (text) => events.push(text),
      () => undefined,
    );
    await one.intents.consume(
      3,
      ({ text }) => intents.push(text),
      () => undefined,
    );
    await one.intents.add(3, 'a', 'before');
    await eventually('the first one comes', () => intents.includes('before'));
    await servers.kill(0);
    await eventually('it is seen to be away', () => reachable.at(-1) === false);
    expect(await one.intents.add(3, 'b', 'meanwhile').catch((error: unknown) => error)).to.be.instanceOf(CoordinatorFailed);
    await servers.restart();
    await eventually('it is seen to be back', () => reachable.at(-1) === true, { within: 10_000 });
    await eventually('a lease can be taken', () =>
      one.leases.create('partition.9', 'x').then(
        () => true,
        () => false,
      ),
    );
    await one.events.publish({ partition: 3, conversationId: 'c', text: 'after', id: undefined, fence: undefined });
    await one.intents.add(3, 'c', 'after');
    await eventually('all goes on', () => keys.has('partition.9') && events.includes('after') && intents.includes('after'), {
      within: 10_000,
    });
    await one.close();
    await end();
  });

  it('goes on in a cluster of three that loses one', async () => {
    const { servers, end } = await started(3);
    const one = await coordinatorAt(servers.servers, 'vm-1', { replicas: 3 });
    const intents: string[] = [];
    await one.intents.consume(
      3,
      ({ text }) => intents.push(text),
      () => undefined,
    );
    await one.intents.add(3, 'a', 'before');
    await servers.kill(0);
    let sequence = 0;
    await eventually(
      'one more is kept',
      () =>
        one.intents.add(3, 'b', 'after').then(
          (kept) => (sequence = kept) > 0,
          () => false,
        ),
      { within: 60_000 },
    );
    expect(sequence).to.be.above(0);
    await eventually('both come', () => intents.includes('before') && intents.includes('after'), { within: 60_000 });
    await one.close();
    await end();
  });

  it('gives a lease to one of three that ask at once, whatever a cluster of three takes', async () => {
    const { servers, end } = await started(3);
    const all = await Promise.all(['vm-1', 'vm-2', 'vm-3'].map((name) => coordinatorAt(servers.servers, name, { replicas: 3 })));
    const keys = Array.from({ length: 64 }, (_, index) => `partition.${index}`);
    const got: number[] = [];
    const give = async (key: string): Promise<void> => {
      const fences = await Promise.all(
        all.map(async ({ leases }) => {
          const fence = await leases.create(key, 'x').catch((error: unknown) => error);
          return typeof fence === 'number' ? { leases, fence } : undefined;
        }),
      );
      const winners = fences.filter((each) => each !== undefined);
      got.push(winners.length);
      for (const { leases, fence } of winners) {
        const renewed = await leases.update(key, 'x', fence);
        await leases.delete(key, renewed);
      }
    };
    for (let round = 0; round < 10; round += 1) await Promise.all(keys.map(give));
    expect(Math.max(...got), 'owners of one partition').to.equal(1);
    expect(got.filter((winners) => winners === 1).length, 'rounds that had a winner').to.be.above(got.length * 0.9);
    for (const one of all) await one.close();
    await end();
  });

  it('says in words that streams of its names are not its own', async () => {
    const { servers, end } = await started(1);
    const connection = await connect({ servers: [...servers.servers] });
    await (await jetstreamManager(connection)).streams.add({ name: 'proof-events', subjects: ['proof.events.*.*'] });
    const error = await coordinatorAt(servers.servers, 'vm-1').catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(CoordinatorFailed);
    expect(String(error)).to.match(/proof-events does not republish to proof\.stored\.>: name another cluster\.name/);
    await connection.close();
    await end();
  });

  it('refuses intents when the stream is full, and loses none that it took', async () => {
    const { servers, end } = await started(1);
    const one = await coordinatorAt(servers.servers, 'vm-1', { maxBytes: 4_096 });
    let kept = 0;
    let failure: unknown;
    for (let index = 0; index < 100 && failure === undefined; index += 1)
      await one.intents.add(3, String(index), 'x'.repeat(500)).then(
        () => (kept += 1),
        (error: unknown) => (failure = error),
      );
    expect(failure).to.be.instanceOf(CoordinatorFailed);
    const told: string[] = [];
    let present = false;
    await one.intents.consume(
      3,
      ({ text }) => told.push(text),
      () => (present = true),
    );
    await eventually('all is told', () => present);
    expect(told).to.have.length(kept);
    await one.close();
    await end();
  });
});
