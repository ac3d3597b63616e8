import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import type { WebSocket } from 'ws';
import type { Daemon } from '../../src/daemon.js';
import { bodyA, bodyB } from '../../src/simulator/platform/bodies.js';
import type { Call } from '../../src/simulator/calls/call.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { CountingLog } from '../support/counting-log.js';
import { eventually } from '../support/eventually.js';
import { fastClock } from '../support/fast-clock.js';
import { customerAttributes, makeDaemon, openSimulator, queuedCall } from '../support/house.js';
import { Mutator } from '../support/mutations.js';

const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 1_000_000));

const frames = 2_000;

/** Frames that go out before it is seen how many came. */
const batch = 50;

/** What may be kept of two thousand frames, in bytes: the last 50 conversations, and the journal's entries of all. */
const mostGrowth = 4 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use when all that nobody holds is gone. */
async function used(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What genesys-cloud.md §3 has frames look like, said once more and apart from the code. */
function kindOf(data: Buffer): 'event' | 'other' | 'invalid' {
  let frame: unknown;
  try {
    frame = JSON.parse(data.toString('utf8'));
  } catch {
    return 'invalid';
  }
  if (!isObject(frame)) return 'invalid';
  const { topicName, eventBody, metadata, result, correlationId } = frame;
  if (typeof topicName === 'string' && isObject(eventBody) && (metadata === undefined || metadata === null || isObject(metadata)))
    return topicName === 'channel.metadata' ? 'other' : 'event';
  const isReply =
    (typeof result === 'string' || Number.isFinite(result)) && (correlationId === undefined || typeof correlationId === 'string');
  return isReply ? 'other' : 'invalid';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function goodFrames(call: Call, simulator: Simulator): Record<string, unknown>[] {
  const { conversation } = call;
  if (conversation === undefined) throw new Error('the call has not begun');
  const version = conversation.version + 1;
  const [queue] = simulator.topics;
  const metadata = { CorrelationId: 'c' };
  return [
    { topicName: queue, version: '2', eventBody: { ...bodyB(conversation), version }, metadata },
    {
      topicName: `v2.users.${simulator.users[0] ?? ''}.conversations`,
      version: '2',
      eventBody: { ...bodyA(conversation), version },
      metadata,
    },
    {
      topicName: `v2.detail.events.conversation.${call.id}.attributes`,
      eventBody: { conversationId: call.id, participantId: conversation.participants[0]?.id, attributes: { k: 'v' } },
    },
    { topicName: 'channel.metadata', eventBody: { message: 'WebSocket Heartbeat' } },
    { result: '200', status: 'subscribed', correlationId: 'k' },
  ];
}

describe('frames that no platform should send, over a real socket', () => {
  const rules = [
    { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } },
    { name: 'look', when: 'conversation.updated', if: '$count(conversation.participants.attributes.*) > 100000', set: { x: 'event' } },
  ];
  let simulator: Simulator;
  let daemon: Daemon;
  let log: CountingLog;

  beforeEach(async () => {
    // waits for reconnects pass 20 times as fast
    const clock = fastClock(20);
    simulator = await openSimulator({ perMinute: 100_000 }, 1, clock);
    log = new CountingLog();
    const config = { rules, notifications: { silenceTimeout: '10m' }, conversations: { max: 50 }, stop: { drain: '0ms' } };
    ({ daemon } = makeDaemon(simulator, config, undefined, undefined, { clock, log }));
    await daemon.start();
  });
  afterEach(async () => {
    await daemon.stop();
    await simulator.close();
  });

  const socket = (): WebSocket => {
    const [open] = simulator.channels.all().flatMap((channel) => channel.socket ?? []);
    if (open === undefined) throw new Error('no socket is open');
    return open;
  };

  /** Sends what ends the connection, and waits until it stands again. */
  const sendDeadly = async (data: Buffer): Promise<void> => {
    const before = socket();
    before.send(data, { binary: false });
    await eventually(
      'it has connected anew',
      () => daemon.notifications.connected && before.readyState === before.CLOSED && socket() !== before,
    );
  };

  const works = async (customer: number): Promise<void> => {
    const call = queuedCall(simulator, customer);
    await eventually('a good event does its work', () => customerAttributes(call)['seen'] === 'yes');
    expect(daemon.notReady()).to.deep.equal([]);
  };

  it(`${frames} mutated ones: it lives, counts each, and keeps nothing of them (FAULT_SEED=${seed})`, async () => {
    await works(0);
    const mutator = new Mutator(seed);
    const call = queuedCall(simulator, 1);
    await eventually('the call is marked', () => customerAttributes(call)['seen'] === 'yes');
    const good = goodFrames(call, simulator);
    const expected = { frames: daemon.notifications.frames, invalid: 0, events: 0 };
    const events = (): number => Object.values(daemon.registry.outcomes).reduce((sum, count) => sum + count, 0);
    // only our frames from here on: no pongs, no heartbeats, no echoes
    await eventually('all is quiet', () => daemon.writer.pending + daemon.writer.unconfirmed === 0);
    simulator.faults.mute = true;
    expected.frames = daemon.notifications.frames;
    const eventsBefore = events();
    let before = 0;
    for (let count = 1; count <= frames; count += 1) {
      const { kind, data, binary } = mutator.next(good);
      socket().send(data, { binary });
      expected.frames += 1;
      const is = kindOf(data);
      if (is === 'invalid') expected.invalid += 1;
      if (is === 'event') expected.events += 1;
      if (count % batch === 0) {
        await eventually(`all frames came, the last one by ${kind}`, () => daemon.notifications.frames >= expected.frames);
        expect([daemon.notifications.frames, log.count('frame.invalid'), events() - eventsBefore], `after ${count}`).to.deep.equal([
          expected.frames,
          expected.invalid,
          expected.events,
        ]);
      }
      if (count % 500 === 0) await sendDeadly(mutator.badText(good));
      if (count === 500) before = await used();
    }
    const grown = (await used()) - before;
    expect(grown, `${(grown / 1024 / 1024).toFixed(1)} MiB more after 1,500 frames`).to.be.below(mostGrowth);
    expect([expected.invalid > 300, expected.events > 300]).to.deep.equal([true, true]);
    expect(Object.prototype).not.to.have.property('polluted');
    expect(log.count('channel.lost')).to.equal(4);
    const page = await (await fetch(`http://${daemon.address ?? ''}/metrics`, { headers: { connection: 'close' } })).text();
    expect(page).to.contain(`\nattributed_frames_total ${expected.frames}\n`);
    simulator.faults.mute = false;
    await works(2);
    // also for the call that all the lies were about
    await fetch(`http://${daemon.address ?? ''}/conversations/${call.id}/participants/@customer/attributes`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: '{"attributes":{"tier":"gold"}}',
    });
    await eventually('its wish is home', () => customerAttributes(call)['tier'] === 'gold');
  });

  it('one of 5 MB is read and forgotten; one over 8 MiB costs the connection and no more', async () => {
    await works(0);
    const before = await used();
    const [event] = goodFrames(queuedCall(simulator, 1), simulator);
    const counted = daemon.notifications.frames;
    for (let count = 0; count < 5; count += 1)
      socket().send(JSON.stringify({ ...event, eventBody: { ...(event?.['eventBody'] as object), note: 'x'.repeat(5_000_000) } }));
    await eventually('they came', () => daemon.notifications.frames >= counted + 5);
    expect(log.count('channel.lost')).to.equal(0);
    await sendDeadly(Buffer.alloc(8 * 1024 * 1024 + 1, 'x'));
    expect([log.count('frame.invalid'), log.count('channel.lost'), log.count('channel.created')]).to.deep.equal([0, 1, 1]);
    expect((await used()) - before).to.be.below(mostGrowth);
    await works(2);
  });
});
