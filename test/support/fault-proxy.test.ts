import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.js';
import { Random } from '../../src/simulator/random.js';
import { eventually } from './eventually.js';
import { FaultProxy } from './fault-proxy.js';

/** How a socket ends. */
function closed(socket: Socket): Promise<'failed' | 'ended'> {
  return new Promise((resolve) =>
    socket.once('close', (failed: boolean) => {
      resolve(failed ? 'failed' : 'ended');
    }),
  );
}

describe('the fault proxy', () => {
  let server: Server;
  let proxy: FaultProxy;
  let served: Socket[];
  let client: Socket;
  let heard: string;

  const connect = (): Socket => {
    heard = '';
    const socket = net.connect(proxy.port, '127.0.0.1').setEncoding('latin1');
    return socket.on('error', () => undefined).on('data', (text: string) => (heard += text));
  };
  /** Sends a text to the server, which repeats it, and waits for the answer. */
  const repeats = async (text: string): Promise<void> => {
    client.write(text);
    await eventually(`it heard ${text}`, () => heard.endsWith(text));
  };

  beforeEach(async () => {
    served = [];
    server = net.createServer((socket) => {
      served.push(socket.on('error', () => undefined));
      socket.on('data', (bytes) => socket.write(bytes));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    proxy = new FaultProxy({ target: `http://127.0.0.1:${port}`, clock: systemClock, random: new Random(1) });
    await proxy.open();
    client = connect();
    await repeats('hello');
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
    for (const socket of served) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('counts connections, and passes the end of each side on', async () => {
    expect([proxy.accepted.length, proxy.live]).to.deep.equal([1, 1]);
    client.end();
    await eventually('it is gone', () => proxy.live === 0 && served[0]?.destroyed === true);
  });

  it('cut by RST: both sides hear of it as an error', async () => {
    const ends = Promise.all([closed(client), closed(served[0]!)]);
    proxy.cut('reset');
    expect(await ends).to.deep.equal(['failed', 'failed']);
    await eventually('it is gone', () => proxy.live === 0);
  });

  it('cut by FIN: both sides hear of it as an end', async () => {
    const ends = Promise.all([closed(client), closed(served[0]!)]);
    proxy.cut('end');
    expect(await ends).to.deep.equal(['ended', 'ended']);
    await eventually('it is gone', () => proxy.live === 0);
  });

  it('stalled: bytes are held and come, whole and in order, when it ends', async () => {
    proxy.set({ kind: 'stall' }, 'down');
    client.write('one ');
    await eventually('the server heard it', () => served[0]?.bytesRead === 9);
    client.write('two');
    await eventually('the server heard both', () => served[0]?.bytesRead === 12);
    expect(heard).to.equal('hello');
    proxy.set(undefined);
    await eventually('they came', () => heard === 'helloone two');
  });

  it('half-open: what stood is dead for good and neither side is told, what comes later works', async () => {
    proxy.set({ kind: 'half-open' });
    const during = net.connect(proxy.port, '127.0.0.1');
    await once(during, 'connect');
    client.write('lost');
    during.write('lost');
    await eventually('both are accepted', () => proxy.accepted.length === 2);
    proxy.set(undefined);
    client.write('lost too');
    const late = client;
    client = connect();
    await repeats('hello again');
    expect([served.length, served[0]?.bytesRead, served[0]?.destroyed, late.destroyed]).to.deep.equal([2, 5, false, false]);
    late.destroy();
    during.destroy();
  });

  it('slow: so many bytes a second', async () => {
    proxy.set({ kind: 'slow', bytesPerSecond: 100 }, 'up');
    const started = performance.now();
    await repeats('x'.repeat(31));
    expect(performance.now() - started).to.be.within(290, 3_000);
  });

  it('delayed: later by so many ms, one piece not after the other', async () => {
    proxy.set({ kind: 'delay', ms: 150 }, 'up');
    const started = performance.now();
    client.write('one ');
    await eventually('it is on its way', () => client.bytesWritten === 9);
    await repeats('two');
    expect(performance.now() - started).to.be.within(149, 290);
  });

  it('corrupt: the same bytes are flipped for the same seed, and none before so many', async () => {
    proxy.set({ kind: 'corrupt', after: 20, every: 5 }, 'down');
    client.write('y'.repeat(60));
    await eventually('it came', () => heard.length === 65);
    expect(heard.slice(0, 20)).to.equal(`hello${'y'.repeat(15)}`);
    const flipped = Array.from(heard).flatMap((byte, place) => (byte === '\xf9' ? [place] : []));
    expect(Array.from(heard.slice(20)).every((byte) => byte === 'y' || byte === '\xf9')).to.equal(true);
    expect(flipped.length).to.be.within(4, 16);
    const expected = new Random(1);
    expect(flipped[0]).to.equal(20 + expected.int([1, 10]));
  });

  it('away: connections are reset and refused, and it comes back on the same port', async () => {
    const { port } = proxy;
    await proxy.away();
    await eventually('it is reset', () => client.destroyed);
    client = connect();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
    await proxy.back();
    client = connect();
    await repeats('hello');
    expect([proxy.port, proxy.accepted.length]).to.deep.equal([port, 2]);
  });
});
