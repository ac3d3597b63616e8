import http from 'node:http';
import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import type { Frame } from '../../src/genesys/frames.js';
import { ChannelSocket, type Closed } from '../../src/genesys/socket.js';
import { eventually } from '../support/eventually.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { cleanup } from './support/cleanup.js';
import { serveRaw } from './support/servers.js';
import { Streaming } from './support/streaming.js';

const silenceTimeout = 30_000;

describe('ChannelSocket', () => {
  const closing = cleanup();
  let clock: FakeClock;
  let streaming: Streaming;
  let told: { opened: number; texts: string[]; frames: Frame[]; invalid: [string, number][]; gaps: number; closed: Closed[] };

  beforeEach(async () => {
    clock = new FakeClock();
    told = { opened: 0, texts: [], frames: [], invalid: [], gaps: 0, closed: [] };
    streaming = await Streaming.open();
    closing(() => streaming.close());
  });

  const connect = (uri = streaming.uri(), onFrame: (frame: Frame, socket: ChannelSocket) => void = () => undefined): ChannelSocket => {
    const agent = new http.Agent();
    const socket = new ChannelSocket({
      uri,
      agent,
      clock,
      deadlines: new Deadlines(clock),
      silenceTimeout,
      onOpen: () => {
        told.opened += 1;
      },
      onText: (text) => told.texts.push(text),
      onFrame: (frame) => {
        told.frames.push(frame);
        onFrame(frame, socket);
      },
      onInvalid: (error, bytes) => told.invalid.push([error, bytes]),
      onGap: () => {
        told.gaps += 1;
      },
      onClosed: (closed) => told.closed.push(closed),
    });
    closing(() => {
      socket.terminate();
      agent.destroy();
    });
    return socket;
  };
  const opened = async (...args: Parameters<typeof connect>): Promise<ChannelSocket> => {
    const socket = connect(...args);
    await eventually('the socket is open', () => told.opened === 1 && streaming.sockets.length === 1);
    return socket;
  };
  const closed = (): Promise<void> => eventually('the socket is closed', () => told.closed.length > 0);

  it('opens, pings at once, and hands on what comes, in order', async () => {
    const socket = connect();
    expect(socket.state).to.equal('connecting');
    await eventually('the ping came', () => streaming.heard.length === 1);
    expect(socket.state).to.equal('open');
    expect(streaming.heard).to.deep.equal(['{"message":"ping"}']);
    for (let n = 0; n < 5; n += 1) streaming.event(n);
    await eventually('all came', () => told.frames.length === 5);
    expect(told.frames.map((frame) => frame.kind === 'event' && frame.event.eventBody['n'])).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('offers no compression and sends no credentials', async () => {
    await opened();
    expect(streaming.upgrades[0]?.headers).not.to.have.any.keys('sec-websocket-extensions', 'authorization');
  });

  it('hands on what is no frame as an error and a size, and goes on', async () => {
    await opened();
    for (const frame of ['hush', '{"hush":1}', Buffer.from([0xc3, 0xa9])]) streaming.last.send(frame);
    streaming.event(1);
    await eventually('the good one came', () => told.frames.length === 1);
    expect(told.invalid).to.deep.equal([
      ['the frame is not JSON', 4],
      ['the frame has neither topicName and eventBody nor result', 10],
      ['the frame is not JSON', 2],
    ]);
    expect(told.closed).to.be.empty;
  });

  describe('silence', () => {
    it('is met by pings, and ends the socket when it lasts', async () => {
      const socket = await opened();
      await clock.advance(29_999);
      expect(told.closed).to.be.empty;
      await eventually('it pinged three times', () => streaming.heard.length === 3);
      await clock.advance(1);
      expect(told.closed).to.deep.equal([
        { how: 'silent', code: 1006, reason: 'nothing was heard for 30000 ms', decision: 'same-channel' },
      ]);
      expect(socket.state).to.equal('closed');
      expect(clock.timers).to.equal(0);
      await eventually('the server sees it gone', () => streaming.live === 0);
    });

    it('begins anew with each frame, even one that is not understood', async () => {
      const socket = await opened();
      for (const frame of ['{"topicName":"channel.metadata","eventBody":{"message":"pong"}}', 'garbage']) {
        await clock.advance(25_000);
        streaming.send(frame);
        await eventually('it was heard', () => socket.lastHeard === clock.now());
      }
      await clock.advance(29_999);
      expect(told.closed).to.be.empty;
      await clock.advance(1);
      expect(told.closed).to.have.length(1);
    });

    it('of an upgrade that is not answered ends it too', async () => {
      streaming.refuse = 0;
      connect();
      await eventually('the upgrade came', () => streaming.upgrades.length === 1);
      await clock.advance(silenceTimeout);
      expect(told.closed.map(({ how }) => how)).to.deep.equal(['silent']);
      expect(told.opened).to.equal(0);
    });
  });

  describe('a machine that was suspended', () => {
    it('is a gap, once', async () => {
      await opened();
      clock.sleep(1_001);
      await clock.advance(10_000);
      expect(told.gaps).to.equal(1);
      await clock.advance(10_000);
      expect(told.gaps).to.equal(1);
    });

    it('is none if the clock was only put right a little, or back', async () => {
      await opened();
      clock.sleep(1_000);
      await clock.advance(10_000);
      clock.sleep(-3_600_000);
      await clock.advance(10_000);
      expect(told.gaps).to.equal(0);
    });
  });

  describe('an end', () => {
    for (const [code, decision] of [
      [1000, 'same-channel'],
      [1001, 'same-channel'],
      [1008, 'new-channel'],
      [4000, 'new-channel'],
    ] as const) {
      it(`with close code ${code} is told with its reason`, async () => {
        await opened();
        streaming.last.close(code, 'because');
        await closed();
        expect(told.closed).to.deep.equal([{ how: 'closed', code, reason: 'because', decision }]);
      });
    }

    it('without a close frame is 1006', async () => {
      await opened();
      streaming.last.terminate();
      await closed();
      expect(told.closed).to.deep.equal([{ how: 'closed', code: 1006, reason: '', decision: 'same-channel' }]);
    });

    for (const [status, decision] of [
      [401, 'new-channel'],
      [404, 'new-channel'],
      [503, 'same-channel'],
    ] as const) {
      it(`by an upgrade that is answered with status ${status} is told`, async () => {
        streaming.refuse = status;
        const socket = connect();
        await closed();
        expect(told.closed).to.deep.equal([
          { how: 'refused', code: status, reason: `the upgrade was answered with status ${status}`, decision },
        ]);
        expect([told.opened, socket.state]).to.deep.equal([0, 'closed']);
      });
    }

    it('before there was a connection is told', async () => {
      const server = await serveRaw(() => undefined);
      await server.close();
      connect(`ws://127.0.0.1:${server.port}/channels/hush`);
      await closed();
      expect(told.closed[0]).to.include({ how: 'closed', code: 1006, decision: 'same-channel' });
      expect(told.closed[0]?.reason).to.include('ECONNREFUSED').and.not.include('hush');
    });

    it('comes with a frame that is larger than any should be', async () => {
      await opened();
      streaming.send('x'.repeat(8 * 1024 * 1024 + 1));
      await closed();
      expect(told.closed).to.have.length(1);
      expect(told.closed[0]).to.include({ how: 'closed', code: 1006, decision: 'same-channel' });
      expect(told.closed[0]?.reason).to.match(/max payload/i);
      expect(told.frames).to.be.empty;
    });

    it('does not come with one that is just as large as may be', async () => {
      await opened();
      streaming.send('x'.repeat(8 * 1024 * 1024));
      await eventually('it was read', () => told.invalid.length === 1);
      expect(told.closed).to.be.empty;
    });
  });

  describe('terminate', () => {
    it('ends it at once and tells nobody', async () => {
      const socket = await opened();
      socket.terminate();
      socket.terminate();
      expect(socket.state).to.equal('closed');
      await eventually('the server sees it gone', () => streaming.live === 0);
      await clock.advance(10 * silenceTimeout);
      expect(told).to.deep.include({ closed: [], gaps: 0 });
      expect(clock.timers).to.equal(0);
    });

    it('while it connects leaves nothing behind', async () => {
      const socket = connect();
      socket.terminate();
      await settled();
      await clock.advance(silenceTimeout);
      expect(told).to.deep.equal({ opened: 0, texts: [], frames: [], invalid: [], gaps: 0, closed: [] });
    });

    it('drops frames that had come already', async () => {
      await opened(undefined, (_, socket) => {
        socket.terminate();
      });
      for (let n = 0; n < 3; n += 1) streaming.event(n);
      await eventually('the server sees it gone', () => streaming.live === 0);
      expect(told.frames).to.have.length(1);
      expect(told.closed).to.be.empty;
    });
  });
});
