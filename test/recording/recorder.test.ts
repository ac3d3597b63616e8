import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.js';
import { CredentialsRefused } from '../../src/genesys/errors.js';
import { Masker } from '../../src/recording/mask.js';
import { Recorder } from '../../src/recording/recorder.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { cleanup } from '../genesys/support/cleanup.js';
import { Streaming } from '../genesys/support/streaming.js';
import { eventually } from '../support/eventually.js';
import { openSimulator, queuedCall } from '../support/house.js';
import { RecordingLog } from '../support/recording-log.js';
import { configOf } from './support/replayed.js';

type Line = Readonly<Record<string, unknown>>;

describe('Recorder', () => {
  const closing = cleanup();
  let simulator: Simulator;
  let lines: Line[];
  /** Whether lines are taken. */
  let taking: boolean;
  let connected: number;

  beforeEach(async () => {
    simulator = await openSimulator();
    closing(() => simulator.close());
    lines = [];
    taking = true;
    connected = 0;
  });

  const open = ({ url = simulator.url, secret = simulatorClient.secret }: { url?: string; secret?: string } = {}): Recorder => {
    const { topics } = simulator;
    const recorder = new Recorder({
      config: configOf({
        genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'x' },
        notifications: { topics },
      }),
      clientSecret: () => secret,
      clock: systemClock,
      log: new RecordingLog(),
      random: () => 0,
      masker: new Masker({ key: new Uint8Array(32), values: false }),
      masked: true,
      version: '1.2.3',
      write: (line) => {
        if (taking) lines.push(JSON.parse(line) as Line);
        return taking;
      },
      onConnected: () => (connected += 1),
      proxyFor: () => '',
    });
    return recorder;
  };
  const recording = async (url?: string): Promise<Recorder> => {
    const recorder = open(url === undefined ? {} : { url });
    const run = recorder.run();
    closing(async () => {
      recorder.stop();
      await run;
    });
    await eventually('it is connected', () => connected === 1);
    return recorder;
  };
  const kinds = (): string[] => lines.slice(1).map((line) => ['gap', 'text', 'frame'].find((kind) => kind in line) ?? '');
  const events = (): number => lines.filter((line) => JSON.stringify(line).includes('.conversations.calls","version')).length;

  it('writes a header, and then each frame as it came, with its time and its channel', async () => {
    const recorder = await recording();
    const call = queuedCall(simulator);
    await eventually('the call is there', () => events() > 0);
    expect({ ...lines[0], started: typeof lines[0]?.['started'] }).to.deep.equal({
      ...{ attributed: '1.2.3', format: 1, started: 'string', topics: simulator.topics, masked: true },
    });
    expect(new Set(kinds())).to.deep.equal(new Set(['frame']));
    expect(recorder.frames).to.equal(lines.length - 1);
    expect(JSON.stringify(lines.at(-1))).to.include(call.id);
    const [channel] = simulator.channels.all();
    for (const [index, line] of lines.slice(1).entries()) {
      expect(Object.keys(line)).to.deep.equal(['at', 'ms', 'channel', 'frame']);
      expect(line['channel']).to.match(/^[0-9a-f]{8}$/);
      expect(Number(line['ms'])).to.be.at.least(index === 0 ? 0 : Number(lines[index]?.['ms']));
      const drift = Date.parse(String(line['at'])) - Date.parse(String(lines[0]?.['started'])) - Number(line['ms']);
      expect(Math.abs(drift)).to.be.below(1_000);
    }
    expect(JSON.stringify(lines)).to.not.include(channel!.id);
  });

  it('connects again after a lost socket, and notes one gap', async () => {
    await recording();
    await eventually('it heard its pong', () => kinds().length > 0);
    const call = queuedCall(simulator);
    simulator.sockets.cut();
    await eventually('the socket’s loss is there', () => kinds().includes('gap'));
    const before = events();
    await eventually('events come again', () => {
      call.bump();
      return events() > before;
    });
    const gaps = kinds().flatMap((kind, index) => (kind === 'gap' ? [index] : []));
    expect(kinds()[0]).to.equal('frame');
    expect(gaps).to.have.length.within(1, 2);
    expect(lines[1 + gaps[0]!]).to.have.all.keys('at', 'ms', 'gap');
  });

  it('records a frame that is not JSON by its length', async () => {
    const streaming = await Streaming.open();
    closing(() => streaming.close());
    const answers: Record<string, unknown> = {
      '/oauth/token': { access_token: 'token', expires_in: 86_400 },
      '/api/v2/notifications/channels': { id: 'streaming-1', connectUri: streaming.uri() },
    };
    const server = http.createServer((request, response) => {
      response.setHeader('connection', 'close').end(JSON.stringify(answers[request.url ?? ''] ?? { entities: [] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing(() => new Promise((resolve) => server.close(resolve)));
    await recording(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    streaming.send('tier gold');
    await eventually('it is there', () => kinds().includes('text'));
    expect(lines.find((line) => 'text' in line)?.['text']).to.equal(9);
  });

  it('counts what could not be written, and notes the gap once it can be again', async () => {
    const recorder = await recording();
    const before = lines.length;
    taking = false;
    const call = queuedCall(simulator);
    await eventually('a frame is dropped', () => recorder.dropped > 0);
    taking = true;
    call.bump();
    await eventually('frames are taken again', () => events() > 0);
    expect(lines[before]).to.include({ gap: true });
    expect(kinds().filter((kind) => kind === 'gap')).to.have.length(1);
  });

  it('ends with the refusal of its client', async () => {
    const recorder = open({ secret: 'wrong' });
    const error: unknown = await recorder.run().catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(CredentialsRefused);
    expect(recorder.frames).to.equal(0);
  });
});
