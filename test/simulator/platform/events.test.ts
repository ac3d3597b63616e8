import { expect } from 'chai';
import type { ScenarioInput } from '../../../src/simulator/scenario.js';
import { eventually } from '../../support/eventually.js';
import { queuedCall } from '../../support/house.js';
import { streaming, type Frame } from './listener.js';

/** Frames of a queued call and so many bumps, each some ms after the one before, once all delays are over. */
async function heard(faults: ScenarioInput['faults'], bumps: number, apart = 0): Promise<Frame[]> {
  let frames: Frame[] = [];
  await streaming({ faults }, async (org) => {
    const listener = await org.listen();
    const call = queuedCall(org.simulator);
    for (let count = 0; count < bumps; count += 1) {
      await org.clock.advance(apart);
      call.bump();
    }
    await org.clock.advance(5_000);
    await listener.say({ message: 'nothing that it knows' });
    frames = listener.frames.filter(({ eventBody }) => eventBody?.id !== undefined);
    expect(frames.length).to.equal(org.simulator.sockets.sent - 1);
  });
  return frames;
}

const versions = (frames: Frame[]): (number | undefined)[] => frames.map(({ eventBody }) => eventBody?.version);
const upTo = (last: number): number[] => Array.from({ length: last - 1 }, (_, index) => index + 2);

describe('the events of the simulator', () => {
  it('come in the form of the platform, with the version of the schema and a correlation id', async () => {
    const [event] = await heard({}, 0);
    expect(event).to.have.all.keys('topicName', 'version', 'eventBody', 'metadata');
    expect(event).to.have.property('version', '2');
    expect(event?.topicName).to.match(/^v2\.routing\.queues\..+\.conversations\.calls$/);
    expect(event?.metadata?.CorrelationId).to.be.a('string');
    expect(event?.eventBody).to.include({ version: 2 });
  });

  it('tell the version as a number, as an ETag, or not at all', async () => {
    const [etag] = await heard({ eventVersions: 'etag' }, 0);
    expect(etag?.eventBody).to.have.property('etag', '"2"');
    expect(etag?.eventBody).not.to.have.property('version');
    const [none] = await heard({ eventVersions: 'none' }, 0);
    expect(none?.eventBody).not.to.have.any.keys('etag', 'version');
  });

  it('come at once and in order without a delay', async () => {
    expect(versions(await heard({}, 20))).to.deep.equal(upTo(22));
  });

  it('keep their order whatever delay each has', async () => {
    expect(versions(await heard({ eventDelay: [20, 150] }, 50, 7))).to.deep.equal(upTo(52));
  });

  it('keep their places among those of their call, of their whole channel, or of none', async () => {
    const [least, most] = [20, 150];
    for (const [order, ofCalls, ofChannel] of [
      ['conversation', true, false],
      ['channel', true, true],
      ['none', false, false],
    ] as const)
      await streaming({ faults: { eventDelay: [least, most], order } }, async (org) => {
        const listener = await org.listen();
        const calls = [queuedCall(org.simulator, 1), queuedCall(org.simulator, 2)];
        for (let count = 0; count < 40; count += 1) {
          await org.clock.advance(7);
          for (const call of calls) call.bump();
        }
        await org.clock.advance(5_000);
        await eventually('all are there', () => listener.versions.length === 82);
        const told = listener.frames
          .filter(({ eventBody }) => eventBody?.id !== undefined)
          .map(({ eventBody }) => ({ id: eventBody?.id, version: Number(eventBody?.version) }));
        const isSorted = (of: typeof told): boolean =>
          of.every(({ version }, index) => version >= Number(of[Math.max(0, index - 1)]?.version));
        expect(
          calls.every(({ id }) => isSorted(told.filter((each) => each.id === id))),
          `${order}: each call`,
        ).to.equal(ofCalls);
        expect(isSorted(told), `${order}: the channel`).to.equal(ofChannel);
      });
  });

  it('keep their order when they are due at the same moment', async () => {
    expect(versions(await heard({ eventDelay: [50, 50] }, 30))).to.deep.equal(upTo(32));
  });

  it('come no earlier than the least delay', () =>
    streaming({ faults: { eventDelay: [40, 100] } }, async (org) => {
      const listener = await org.listen();
      queuedCall(org.simulator);
      await org.clock.advance(39);
      await listener.say({ message: 'ping' });
      expect(listener.versions).to.be.empty;
      await org.clock.advance(62);
      await eventually('it is there', () => listener.versions.length === 1);
    }));

  it('come twice, differing only in the correlation id', async () => {
    for (const eventDelay of [[0, 0] as const, [20, 60] as const]) {
      const frames = await heard({ duplicate: 1, eventDelay }, 1);
      expect(versions(frames)).to.deep.equal([2, 2, 3, 3]);
      const [one, two] = frames.map(({ metadata, ...rest }) => ({ id: metadata?.CorrelationId, rest }));
      expect(one?.rest).to.deep.equal(two?.rest);
      expect(one?.id).not.to.equal(two?.id);
    }
  });

  it('never come when they are dropped', async () => {
    expect(await heard({ drop: 1 }, 5)).to.be.empty;
    const some = versions(await heard({ drop: 0.5 }, 40));
    expect(some.length).to.be.within(5, 37);
    expect(some).to.deep.equal([...some].sort((a, b) => Number(a) - Number(b)));
  });

  it('overtake one another when they are reordered, and none is lost', async () => {
    for (const eventDelay of [[0, 0] as const, [20, 150] as const]) {
      const mixed = versions(await heard({ reorder: 0.3, eventDelay }, 60, 10));
      expect(mixed).not.to.deep.equal(upTo(62));
      expect([...mixed].sort((a, b) => Number(a) - Number(b))).to.deep.equal(upTo(62));
    }
  });

  it('go under each topic that a channel asks for, and only there', () =>
    streaming({}, async (org) => {
      const [queue = '', other = ''] = org.simulator.queues;
      const [user = ''] = org.simulator.users;
      const call = queuedCall(org.simulator);
      const topics = [
        `v2.routing.queues.${queue}.conversations`,
        `v2.users.${user}?conversations.calls&presence`,
        `v2.detail.events.conversation.${call.id}.attributes`,
      ];
      const listener = await org.listen(org.channel(topics));
      const elsewhere = await org.listen(org.channel([`v2.routing.queues.${other}.conversations`]));
      call.perform({ do: 'alert', userId: user });
      const [customer] = call.conversation!.participants;
      org.simulator.world.write(call.conversation!, new Map([[customer!, { tier: 'gold' }]]));
      await eventually('five events come', () => listener.frames.length === 5);
      expect(listener.frames.map(({ topicName }) => topicName)).to.deep.equal([
        `v2.routing.queues.${queue}.conversations`,
        `v2.users.${user}.conversations.calls`,
        `v2.routing.queues.${queue}.conversations`,
        `v2.users.${user}.conversations.calls`,
        `v2.detail.events.conversation.${call.id}.attributes`,
      ]);
      expect(listener.frames[4]?.eventBody).to.deep.equal({
        eventTime: org.clock.wall(),
        conversationId: call.id,
        participantId: customer!.id,
        attributes: { tier: 'gold' },
      });
      expect(listener.frames[2]?.eventBody?.participants?.[0]?.attributes).to.deep.equal({ tier: 'gold' });
      await elsewhere.say({ message: 'ping' });
      expect(elsewhere.versions).to.be.empty;
    }));
});
