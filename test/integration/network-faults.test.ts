import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { Daemon } from '../../src/daemon.js';
import { Random } from '../../src/simulator/random.js';
import { eventually } from '../support/eventually.js';
import { fastClock } from '../support/fast-clock.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { faultNames, ride, states } from '../support/fault-ride.js';
import type { RecordingLog } from '../support/recording-log.js';
import { customerAttributes, makeDaemon, openSimulator, queuedCall } from '../support/house.js';

/** Drawn anew in each run; a test's name tells it, and `FAULT_SEED` repeats it. */
const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 1_000_000));

describe('a network that fails, on real sockets and a clock that runs 20 times as fast', () => {
  const speed = 20;
  const random = new Random(seed);
  for (const fault of faultNames) {
    const state = random.pick(states);
    it(`${fault}, when ${state}: converges, and breaks no promise (FAULT_SEED=${seed})`, async () => {
      const { connectedMs, convergedMs, problems } = await ride({ fault, state, seed, clock: fastClock(speed), speed, lasts: 20_000 });
      expect(problems).to.deep.equal([]);
      expect([connectedMs, convergedMs].every(Number.isFinite), `heard after ${connectedMs} ms, home after ${convergedMs} ms`).to.equal(
        true,
      );
    });
  }
});

/** So many calls have something to write when the server goes away. */
const calls = 10;

/** The server is away for so long, in ms. */
const away = 120_000;

/** How many tries the law of design.md §6 makes while the server is away: waits drawn from 0 to min(30 s, 500 ms × 2^failures). */
function tries(random: Random): number {
  let count = 0;
  for (let at = 0; ; count += 1) {
    at += random.next() * Math.min(30_000, 500 * 2 ** count);
    if (at > away) return count;
  }
}

/** What a fair run keeps to in all but one of ten thousand, and what it comes to on average. */
function expectedTries(): { least: number; mean: number; most: number } {
  const random = new Random(1);
  const drawn = Array.from({ length: 20_000 }, () => tries(random)).sort((a, b) => a - b);
  return { least: drawn[1] ?? 0, mean: drawn.reduce((sum, count) => sum + count, 0) / drawn.length, most: drawn.at(-2) ?? 0 };
}

/** Counts the tries of this process to connect to a port, also those that are refused. */
function countTries(port: number): { count: number; stop: () => void } {
  const counter = {
    count: 0,
    stop: () => {
      unsubscribe('net.client.socket', onSocket);
    },
  };
  const onSocket = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    socket.on('connectionAttempt', (_, to) => {
      if (to === port) counter.count += 1;
    });
  };
  subscribe('net.client.socket', onSocket);
  return counter;
}

describe('a server that is away for two minutes, on a clock that runs 60 times as fast', () => {
  const speed = 60;

  async function whileAway(
    test: (house: {
      daemon: Daemon;
      log: RecordingLog;
      proxy: FaultProxy;
      pass: (ms: number) => Promise<void>;
      counted: () => number;
    }) => Promise<void>,
    wish: boolean,
  ): Promise<void> {
    const clock = fastClock(speed);
    const random = new Random(seed);
    const simulator = await openSimulator({}, seed, clock);
    const proxy = new FaultProxy({ target: simulator.url, clock, random: random.fork(1) });
    await proxy.open();
    const genesys = { apiUrl: proxy.url, loginUrl: proxy.url, requestTimeout: `${Math.round(16_000 / speed)}ms` };
    const { daemon, log } = makeDaemon(simulator, { genesys }, undefined, undefined, { clock, random: () => random.next() });
    const pass = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
    const counter = countTries(proxy.port);
    try {
      await daemon.start();
      const live = Array.from({ length: calls }, (_, index) => queuedCall(simulator, index));
      await eventually('the calls are known', () => live.every(({ id }) => daemon.registry.get(id) !== undefined));
      await pass(1_000);
      await proxy.away();
      const before = counter.count;
      if (wish)
        for (const { id } of live) {
          const { status } = await fetch(`http://${daemon.address ?? ''}/conversations/${id}/participants/@customer/attributes`, {
            method: 'PUT',
            headers: { 'content-type': 'application/json', connection: 'close' },
            body: '{"attributes":{"tier":"gold"}}',
          });
          expect(status).to.equal(202);
        }
      await pass(away);
      await test({ daemon, log, proxy, pass, counted: () => counter.count - before });
      await eventually('it is ready again', () => daemon.notReady().length === 0);
      if (wish) await eventually('all wishes are home', () => live.every((call) => customerAttributes(call)['tier'] === 'gold'));
      expect(log.of('channel.lost')[0]?.['retryInMs'], 'the first wait').to.be.at.most(500);
      expect(log.of('channel.created'), 'the channel is the same').to.have.length(1);
      expect(simulator.ledger.overlaps).to.equal(0);
    } finally {
      counter.stop();
      await daemon.stop();
      await proxy.close();
      await simulator.close();
    }
  }

  it(`is tried as often as full jitter has it, and met by no storm when it is back (FAULT_SEED=${seed})`, () =>
    whileAway(async ({ proxy, pass, counted, daemon, log }) => {
      const { least, mean, most } = expectedTries();
      // the first six waits take 15.75 s on average, each further one 15 s, less a third as renewal theory has it for even draws
      expect(mean).to.be.closeTo(6 + (away - 15_750) / 15_000 - 1 / 3, 0.2);
      expect(counted(), `tries, ${mean.toFixed(1)} expected`).to.be.within(least, most);
      // each try that failed is told as a loss, after the first one; the last may be under way
      expect(log.of('channel.lost').length - 1).to.be.within(counted() - 1, counted());
      const known = proxy.accepted.length;
      await proxy.back();
      await eventually('it is connected', () => daemon.notReady().length === 0);
      // many times the second that is asked for, as a connection takes long on this clock
      await pass(20_000);
      expect(proxy.accepted.length - known, 'the socket, and the call that asks for the topics').to.be.at.most(2);
    }, false));

  it(`is not tried more by ${calls} wishes that wait than the breaker has it (FAULT_SEED=${seed})`, () =>
    whileAway(async ({ proxy, pass, counted }) => {
      const { least, most } = expectedTries();
      // each wish has its first try before the breaker opens; then a probe after 2, 4 and 8 s, and each 10 s
      const probes = 3 + Math.ceil((away - 14_000) / 10_000);
      expect(counted()).to.be.within(least + 5, most + calls + probes);
      const known = proxy.accepted.length;
      await proxy.back();
      await pass(20_000);
      expect(proxy.accepted.length - known, 'as above, and one for each write').to.be.at.most(2 + calls);
    }, true));
});
