import { connect } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { queuedCall } from '../../support/house.js';
import { streaming, type Listener } from './listener.js';

describe('the sockets of the simulator', () => {
  it('send a heartbeat each 30 s', () =>
    streaming({}, async (org) => {
      const listener = await org.listen();
      await org.clock.advance(29_999);
      await listener.say({ message: 'nothing that it knows' });
      expect(listener.frames).to.have.length(1);
      await org.clock.advance(1);
      await org.clock.advance(30_000);
      await eventually('two heartbeats come', () => listener.frames.length === 3);
      expect(listener.frames[2]).to.deep.equal({ topicName: 'channel.metadata', eventBody: { message: 'WebSocket Heartbeat' } });
    }));

  it('answer pings of both kinds', () =>
    streaming({}, async (org) => {
      const listener = await org.listen();
      await listener.say({ message: 'ping' });
      expect(listener.frames[0]).to.deep.equal({ topicName: 'channel.metadata', eventBody: { message: 'pong' } });
      listener.socket.ping();
      await eventually('a pong comes', () => listener.pongs === 1);
    }));

  it('say nothing at all while they are mute', () =>
    streaming({}, async (org) => {
      const listener = await org.listen();
      org.simulator.faults.mute = true;
      let seen = 0;
      org.simulator.channels.all()[0]!.socket!.on('message', () => (seen += 1));
      listener.socket.ping();
      listener.socket.send('{"message":"ping"}');
      await eventually('the server has seen it', () => seen === 1);
      await org.clock.advance(30_000);
      queuedCall(org.simulator);
      org.simulator.faults.mute = false;
      await listener.say({ message: 'ping' });
      expect(listener.frames).to.have.length(2);
      expect(listener.pongs).to.equal(0);
    }));

  it('take subscriptions and drop them, which renews the channel', () =>
    streaming({ tokenSeconds: 172_800 }, async (org) => {
      const channel = org.channel([]);
      const listener = await org.listen(channel);
      const [topic = ''] = org.simulator.topics;
      await org.clock.advance(10);
      await listener.say({ message: 'subscribe', topics: [topic], correlationId: 'one' });
      expect(listener.frames[0]).to.deep.equal({ result: '200', status: 'subscribed', correlationId: 'one' });
      expect(channel.topics).to.deep.equal([topic]);
      expect(channel.expiresAt).to.equal(86_400_010);
      await listener.say({ message: 'unsubscribe', topics: [topic], correlationId: 'two' });
      expect(listener.frames[2]).to.deep.equal({ result: '200', status: 'unsubscribed', correlationId: 'two' });
      expect(channel.topics).to.be.empty;
    }));

  it('refuse a bad subscription with 400, and one for a channel that is gone with 404', () =>
    streaming({ tokenSeconds: 600 }, async (org) => {
      const listener = await org.listen();
      await listener.say({ message: 'subscribe', topics: ['v2.nothing'], correlationId: 'one' });
      expect(listener.frames[0]).to.include({ result: '400', status: 'failure', correlationId: 'one' });
      // the last sweep was at 570 s
      await org.clock.advance(599_999);
      listener.frames.length = 0;
      org.simulator.oauth.onRevoked = () => undefined;
      org.simulator.oauth.revokeAll();
      for (const message of ['subscribe', 'unsubscribe']) {
        listener.frames.length = 0;
        await listener.say({ message, topics: org.simulator.topics, correlationId: 'two' });
        expect(listener.frames[0]).to.deep.equal({ result: '404', status: 'failure', correlationId: 'two' });
      }
    }));

  it('do not mind frames that they cannot read', () =>
    streaming({}, async (org) => {
      const listener = await org.listen();
      await listener.say('{');
      await listener.say('[]');
      await listener.say({ message: 'subscribe', topics: 'all' });
      await listener.say({ message: 'subscribe', correlationId: 'none' });
      expect(listener.frames.filter(({ result }) => result !== undefined)).to.deep.equal([
        { result: '200', status: 'subscribed', correlationId: 'none' },
      ]);
    }));

  it('disconnect the first one of a channel when a second one comes', () =>
    streaming({}, async (org) => {
      const channel = org.channel();
      const first = await org.listen(channel);
      const second = await org.listen(channel);
      await eventually('the first is closed', () => first.closed !== undefined);
      expect(first.closed).to.deep.equal({ code: 1000 });
      queuedCall(org.simulator);
      await eventually('the second hears of the call', () => second.versions.length === 1);
      expect(first.frames).to.be.empty;
      expect(channel.socket).not.to.be.undefined;
    }));

  it('keep the topics of a channel across a reconnect, and nothing that was said meanwhile', () =>
    streaming({}, async (org) => {
      const channel = org.channel();
      const first = await org.listen(channel);
      org.simulator.sockets.cut();
      await eventually('it is cut', () => first.closed !== undefined && channel.socket === undefined);
      expect(first.closed).to.deep.equal({ code: 1006 });
      const call = queuedCall(org.simulator);
      const second = await org.listen(channel);
      call.bump();
      await eventually('the second hears of the call', () => second.versions.length > 0);
      expect(second.versions).to.deep.equal([3]);
    }));

  it('can be closed with a code', () =>
    streaming({}, async (org) => {
      const listener = await org.listen();
      org.simulator.sockets.announceClosing();
      org.simulator.sockets.cut(1001);
      await eventually('it is closed', () => listener.closed !== undefined);
      expect(listener.closed).to.deep.equal({ code: 1001 });
      expect(listener.frames).to.deep.equal([{ topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } }]);
    }));

  it('refuse an upgrade for a channel that is not there with 404', () =>
    streaming({}, async (org) => {
      for (const id of ['none', '%zz', '']) expect((await org.open(id)).refused, id).to.equal(404);
      const { id } = org.channel();
      org.simulator.oauth.revokeAll();
      expect((await org.open(id)).refused).to.equal(404);
    }));

  it('do not mind a client that goes away in the middle of a refusal', () =>
    streaming({}, async (org) => {
      const { hostname, port } = new URL(org.simulator.url);
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write('GET /channels/none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
          socket.resetAndDestroy();
          resolve();
        });
      });
      expect(await org.listen()).to.have.nested.property('socket.readyState', 1);
    }));

  it('spare connected channels when the 21st is made, and tell the one that has to go', () =>
    streaming({}, async (org) => {
      const listeners: Listener[] = [];
      for (let count = 0; count < 20; count += 1) {
        await org.clock.advance(1_000);
        listeners.push(await org.listen());
      }
      listeners[7]!.socket.terminate();
      await eventually('one is unconnected', () => org.simulator.channels.all().some(({ socket }) => socket === undefined));
      await org.clock.advance(1_000);
      const unconnected = org.simulator.channels.all().find(({ socket }) => socket === undefined)!;
      await org.listen();
      expect(org.simulator.channels.find(unconnected.id)).to.be.undefined;
      await org.clock.advance(1_000);
      const [oldest] = org.simulator.channels.all();
      org.channel();
      await eventually('the oldest is closed', () => listeners[0]!.closed !== undefined);
      expect(listeners[0]!.closed).to.deep.equal({ code: 1000 });
      expect(listeners[0]!.frames.at(-1)).to.deep.equal({
        topicName: `v2.system.no_longer_subscribed.${oldest!.id}`,
        eventBody: { reason: 'another_channel_subscribed' },
      });
    }));

  it('tell when the token is revoked, and close', () =>
    streaming({}, async (org) => {
      const channel = org.channel();
      const listener = await org.listen(channel);
      org.simulator.oauth.revokeAll();
      await eventually('it is closed', () => listener.closed !== undefined);
      expect(listener.frames).to.deep.equal([
        { topicName: `v2.system.token_revoked.${channel.id}`, eventBody: { reason: 'user_tokens_revoked' } },
      ]);
    }));

  it('are closed when the time of their token is over', () =>
    streaming({ tokenSeconds: 300 }, async (org) => {
      const listener = await org.listen();
      await org.clock.advance(300_000);
      await eventually('it is closed', () => listener.closed !== undefined);
      expect(listener.closed).to.deep.equal({ code: 1000 });
    }));
});
