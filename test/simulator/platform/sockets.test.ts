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
    streaming({}, async (org) => {
      const channel = org.channel();
      const listener = await org.listen(channel);
      await listener.say({ message: 'subscribe', topics: ['v2.nothing'], correlationId: 'one' });
      expect(listener.frames[0]).to.include({ result: '400', status: 'failure', correlationId: 'one' });
      org.simulator.channels.forget(channel);
      for (const message of ['subscribe', 'unsubscribe']) {
        listener.frames.length = 0;
        await listener.say({ message, topics: org.simulator.topics, correlationId: 'two' });
        expect(listener.frames[0]).to.deep.equal({ result: '404', status: 'failure', correlationId: 'two' });
      }
    }));

  it('carry subscriptions out without an answer, or do not even that, when they are told to', () =>
    streaming({ faults: { subscribeFrames: 'unanswered' } }, async (org) => {
      const channel = org.channel([]);
      const listener = await org.listen(channel);
      const [first = '', second = ''] = org.simulator.topics;
      await listener.say({ message: 'subscribe', topics: [first, second], correlationId: 'one' });
      await listener.say({ message: 'unsubscribe', topics: [first], correlationId: 'two' });
      expect(channel.topics).to.deep.equal([second]);
      org.simulator.faults.subscribeFrames = 'ignored';
      await listener.say({ message: 'subscribe', topics: [first], correlationId: 'three' });
      await listener.say({ message: 'unsubscribe', topics: [second], correlationId: 'four' });
      expect(channel.topics).to.deep.equal([second]);
      org.simulator.faults.subscribeFrames = 'answered';
      await listener.say({ message: 'subscribe', topics: [first], correlationId: 'five' });
      expect(listener.frames.map(({ correlationId }) => correlationId).filter((id) => id !== undefined)).to.deep.equal(['five']);
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

  it('can be warned, closed and cut one by one', () =>
    streaming({}, async (org) => {
      const [one, two, three] = [org.channel(), org.channel(), org.channel()];
      const [first, second, third] = [await org.listen(one), await org.listen(two), await org.listen(three)];
      const { sockets } = org.simulator;
      sockets.announceClosing(one);
      sockets.cut(1001, one);
      sockets.cut(undefined, two);
      await eventually('two are closed', () => first.closed !== undefined && second.closed !== undefined);
      expect([first.closed, second.closed]).to.deep.equal([{ code: 1001 }, { code: 1006 }]);
      await third.say({ message: 'nothing that it knows' });
      expect(third.frames).to.have.length(1);
      expect(first.frames).to.deep.equal([{ topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } }]);
      expect(second.frames).to.be.empty;
      // a channel without a socket is not minded
      sockets.cut(undefined, one);
    }));

  it('refuse every upgrade with a status when they are told to', () =>
    streaming({ faults: { refuseUpgrades: 503 } }, async (org) => {
      const { id } = org.channel();
      expect((await org.open(id)).refused).to.equal(503);
      org.simulator.faults.refuseUpgrades = 401;
      for (const each of [id, 'none']) expect((await org.open(each)).refused).to.equal(401);
      org.simulator.faults.refuseUpgrades = undefined;
      expect((await org.open(id)).refused).to.be.undefined;
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

  it('stay open when another token of the client is revoked', () =>
    streaming({}, async (org) => {
      const [one, two] = [org.channel(), org.channel()];
      const [first, second] = [await org.listen(one), await org.listen(two)];
      org.simulator.oauth.revoke(one.token);
      await eventually('the first is closed', () => first.closed !== undefined);
      expect(first.frames.map(({ topicName }) => topicName)).to.deep.equal([`v2.system.token_revoked.${one.id}`]);
      expect(org.simulator.channels.all()).to.deep.equal([two]);
      await second.say({ message: 'nothing that it knows' });
      expect(second.frames).to.have.length(1);
    }));

  it('are closed when the time of their token is over', () =>
    streaming({ tokenSeconds: 300 }, async (org) => {
      const listener = await org.listen();
      await org.clock.advance(300_000);
      await eventually('it is closed', () => listener.closed !== undefined);
      expect(listener.closed).to.deep.equal({ code: 1000 });
    }));
});
