import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { expect } from 'chai';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { Call } from '../../src/simulator/calls/call.js';
import { bodyA } from '../../src/simulator/platform/bodies.js';
import { Random } from '../../src/simulator/random.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { openSimulator } from '../support/house.js';
import { withEngine } from './support/engine.js';
import { Instance } from './support/instance.js';

const feed = { stream: 'GENESYS', subject: 'genesys.events' };
const calls = 40;

/** What the vendor's integration makes of an event, once it has come through EventBridge, SQS and a bridge. */
function envelopeOf(topicName: string, eventBody: Record<string, unknown>, timestamp: number): string {
  const made = new Date(timestamp).toISOString();
  return JSON.stringify({
    ...{ version: '0', id: `${String(eventBody['id'])}-${timestamp}`, 'detail-type': topicName, source: 'aws.partner/genesys.com' },
    ...{ account: '000000000000', time: made.replace(/\.\d+Z$/, 'Z'), region: 'eu-central-1', resources: [] },
    detail: { topicName, version: '2', eventBody, metadata: { CorrelationId: 'c' }, timestamp: made },
  });
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  return values
    .map((value) => ({ value, at: random.int([0, 1_000_000]) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

describe('two daemons without channels that a feed of EventBridge envelopes tells of calls', () => {
  it('set on each call what rules want, whatever order the messages come in and however often', async () => {
    const random = new Random(5);
    const simulator = await openSimulator({ perMinute: 1_000_000, clients: 2, queues: 2 }, 5);
    const proxies = [simulator.url, simulator.url].map((target) => new FaultProxy({ target, clock: systemClock, random }));
    for (const proxy of proxies) await proxy.open();
    const instances: Instance[] = [];
    try {
      await withEngine(1, ({ servers }) =>
        inFolder({ secret: simulatorClient.secret }, async (folder) => {
          const connection = await connect({ servers: [...servers] });
          const js = jetstream(connection);
          await (await jetstreamManager(connection)).streams.add({ name: feed.stream, subjects: [feed.subject] });
          for (const [index, proxy] of proxies.entries()) {
            const [name, port, client] = [`vm-${index + 1}`, await freePort(), simulator.clients[index]?.id ?? ''];
            const config = {
              genesys: { apiUrl: proxy.url, loginUrl: proxy.url, clientId: client, clientSecretFile: 'secret' },
              rules: [
                { name: 'caller', when: 'conversation.started', set: { caller: 'participant.ani' } },
                { name: 'agent', when: 'participant.added', if: "participant.purpose = 'agent'", set: { agent: 'participant.userId' } },
              ],
              http: { listen: `127.0.0.1:${port}` },
              outbox: { dir: join(folder, name) },
              cluster: { nats: { servers }, instance: name, leaseTtl: '3s', feeds: [feed] },
            };
            instances.push(new Instance({ name, folder, config, port, client, platform: proxy, engine: proxy }));
          }
          try {
            await Promise.all(instances.map((instance) => instance.start()));
            const messages: string[] = [];
            const made: Call[] = [];
            let at = Date.now();
            for (let index = 0; index < calls; index += 1) {
              const call = new Call(
                simulator.world,
                simulator.customers[index % simulator.customers.length]?.phone ?? '',
                random.fork(index),
              );
              made.push(call);
              const topic = `v2.routing.queues.${simulator.queues[0] ?? ''}.conversations.calls`;
              const tell = (): void => {
                if (call.conversation === undefined) throw new Error('the call was not started');
                at += 10;
                const { version } = call.conversation;
                messages.push(envelopeOf(topic, { ...bodyA(call.conversation), version: String(version) }, at));
              };
              call.perform({ do: 'start' });
              tell();
              call.perform({ do: 'enter-queue', queueId: simulator.queues[0] ?? '' });
              tell();
              call.perform({ do: 'alert', userId: simulator.users[index % simulator.users.length] ?? '' });
              tell();
            }
            for (const message of shuffled([...messages, ...messages], random)) await js.publish(feed.subject, message);
            const attribute = (call: Call, key: string): string | undefined =>
              call.conversation?.participants.find(({ purpose }) => purpose === 'customer')?.attributes[key];
            await eventually(
              'each call has what the rules set',
              () => made.every((call) => attribute(call, 'caller') === call.ani && attribute(call, 'agent') !== undefined),
              { within: 30_000 },
            );
            expect(instances.map((instance) => instance.told('feed.consuming').length)).to.deep.equal([1, 1]);
            const writers = new Set(simulator.ledger.writes.filter(({ status }) => status === 200).map(({ client }) => client));
            expect([...writers], 'both have calls of their own').to.have.length(2);
            // nothing is left on the stream that somebody would have to take again
            await eventually('all is taken off', async () => {
              const [consumer] = await (await jetstreamManager(connection)).consumers.list(feed.stream).next();
              return consumer?.num_pending === 0 && consumer.num_ack_pending === 0;
            });
            await Promise.all(instances.map((instance) => instance.stop()));
          } finally {
            for (const instance of instances) await instance.kill();
            await connection.close();
          }
        }),
      );
    } finally {
      for (const proxy of proxies) await proxy.close();
      await simulator.close();
    }
  });
});
