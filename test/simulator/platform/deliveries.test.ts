import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { queuedCall } from '../../support/house.js';
import { streaming } from './listener.js';

describe('the deliveries of the simulator', () => {
  it('of a frozen channel are lost, while all else goes on there and events go on elsewhere', () =>
    streaming({}, async (org) => {
      const { sockets, topics } = org.simulator;
      const frozen = org.channel();
      const [useless, other] = [await org.listen(frozen), await org.listen()];
      sockets.freeze(frozen);
      const call = queuedCall(org.simulator);
      await eventually('the other hears of the call', () => other.versions.length === 1);
      await org.clock.advance(30_000);
      useless.socket.ping();
      await useless.say({ message: 'subscribe', topics: topics.slice(1), correlationId: 'one' });
      sockets.announceClosing(frozen);
      await eventually('it is warned, and ponged', () => useless.frames.length === 4 && useless.pongs === 1);
      expect(useless.frames.map(({ eventBody, result }) => eventBody?.message ?? result)).to.deep.equal([
        'WebSocket Heartbeat',
        '200',
        'pong',
        'closing',
      ]);
      sockets.thaw(frozen);
      call.bump();
      await eventually('it hears what is new', () => useless.versions.length === 1);
      expect(useless.versions).to.deep.equal([3]);
    }));

  it('of a frozen channel stay lost over another socket', () =>
    streaming({}, async (org) => {
      const channel = org.channel();
      org.simulator.sockets.freeze(channel);
      await org.listen(channel);
      const again = await org.listen(channel);
      queuedCall(org.simulator);
      await again.say({ message: 'nothing that it knows' });
      expect(again.versions).to.be.empty;
    }));

  it('that are under way when their channel freezes are lost', () =>
    streaming({ faults: { eventDelay: [40, 100] } }, async (org) => {
      const channel = org.channel();
      const listener = await org.listen(channel);
      queuedCall(org.simulator);
      org.simulator.sockets.freeze(channel);
      await org.clock.advance(101);
      await listener.say({ message: 'nothing that it knows' });
      expect(listener.versions).to.be.empty;
    }));

  it('by hand reach who has the topic, in the form of all events', () =>
    streaming({}, async (org) => {
      const [topic = ''] = org.simulator.topics;
      const listener = await org.listen();
      const elsewhere = await org.listen(org.channel([]));
      org.simulator.sockets.sendEvent(topic, { id: 'mine' });
      await eventually('it is there', () => listener.frames.length === 1);
      const [{ metadata, ...frame } = {}] = listener.frames;
      expect(frame).to.deep.equal({ topicName: topic, version: '2', eventBody: { id: 'mine' } });
      expect(metadata?.CorrelationId).to.be.a('string');
      await elsewhere.say({ message: 'nothing that it knows' });
      expect(elsewhere.frames).to.have.length(1);
    }));

  it('by hand reach one channel alone, whatever it has subscribed to', () =>
    streaming({}, async (org) => {
      const [topic = ''] = org.simulator.topics;
      const channel = org.channel([]);
      const [listener, other] = [await org.listen(channel), await org.listen()];
      org.simulator.sockets.sendEvent(topic, { id: 'mine' }, channel);
      await eventually('it is there', () => listener.frames.length === 1);
      await other.say({ message: 'nothing that it knows' });
      expect(other.frames).to.have.length(1);
    }));

  it('by hand meet the faults that others meet', () =>
    streaming({ faults: { duplicate: 1 } }, async (org) => {
      const [topic = ''] = org.simulator.topics;
      const listener = await org.listen();
      org.simulator.sockets.sendEvent(topic, { id: 'mine' });
      await eventually('it comes twice', () => listener.frames.length === 2);
      org.simulator.faults.drop = 1;
      org.simulator.sockets.sendEvent(topic, { id: 'mine' });
      await listener.say({ message: 'nothing that it knows' });
      expect(listener.frames).to.have.length(3);
    }));
});
