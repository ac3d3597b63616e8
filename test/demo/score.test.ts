import { expect } from 'chai';
import fc from 'fast-check';
import { Auditor } from '../../src/demo/auditor.js';
import { percentile, scoreOf, table, type Score } from '../../src/demo/score.js';
import { WantedUpdates } from '../../src/demo/wanted.js';
import { parseScenario } from '../../src/simulator/scenario.js';
import { Simulator } from '../../src/simulator/simulator.js';
import { FakeClock } from '../support/fake-clock.js';

const ours: Score = {
  conversations: 40,
  right: 40,
  updates: 160,
  arrived: 160,
  requests: 200,
  conflicts: 3,
  knownStale: 0,
  p50: 123.4,
  p95: 456.7,
};
const naive: Score = {
  conversations: 40,
  right: 12,
  updates: 160,
  arrived: 90,
  requests: 720,
  conflicts: 400,
  knownStale: 350,
  p50: NaN,
  p95: NaN,
};

describe('the score of the demo', () => {
  it('stands in a table, both runs side by side', () => {
    const rows = table(ours, naive)
      .trimEnd()
      .split('\n')
      .map((row) => row.trim().split(/ {2,}/));
    expect(rows).to.deep.equal([
      ['attributed', 'naive writer'],
      ['conversations right at the end', '40/40', '12/40'],
      ['updates that arrived', '160/160', '90/160'],
      ['requests per update wanted', '1.25', '4.50'],
      ['conflicts (409)', '3', '400'],
      ['PATCHes with an ETag known to be stale', '0', '350'],
      ['wish to applied, p50 of what arrived', '123 ms', '–'],
      ['wish to applied, p95 of what arrived', '457 ms', '–'],
    ]);
    expect(
      new Set(
        table(ours, naive)
          .trimEnd()
          .split('\n')
          .map(({ length }) => length),
      ).size,
    ).to.equal(1);
  });

  it('has percentiles that are values of the run', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(hundred, 0.5)).to.equal(51);
    expect(percentile(hundred, 0.95)).to.equal(96);
    expect(percentile([7], 0.95)).to.equal(7);
    expect(percentile([], 0.5)).to.be.NaN;
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const value = percentile(values, share);
        expect(values).to.include(value);
        expect(values.filter((each) => each <= value).length).to.be.at.least(
          Math.min(values.length, Math.floor(values.length * share) + 1),
        );
      }),
    );
  });

  it('counts what the server saw', async () => {
    const clock = new FakeClock();
    const simulator = new Simulator({ scenario: parseScenario({ calls: { most: 2, perMinute: 6_000 } }), seed: 1, clock });
    const wanted = new WantedUpdates([], () => clock.now());
    const auditor = new Auditor();
    simulator.engine.start();
    await clock.advance(20);
    const [right, wrong] = simulator.engine.calls;
    for (const call of [right!, wrong!]) wanted.onAction(call, { after: 0, action: { do: 'enter-queue', queueId: 'q' } });
    await clock.advance(10);
    const { world, ledger } = simulator;
    const sender = { client: 'simulator', token: 't' };
    const record = {
      ...sender,
      target: 'voice',
      participantIds: ['p'],
      attributes: { lastQueue: 'q' },
      ifMatch: '"1"',
      version: 1,
    } as const;
    world.write(right!.conversation!, new Map([[right!.conversation!.participants[0]!, { lastQueue: 'q' }]]));
    ledger.write({ ...record, conversationId: right!.id, status: 200 });
    for (const status of [409, 412, 403]) ledger.write({ ...record, conversationId: wrong!.id, status });
    ledger.request('GET /api/v2/conversations/voice/:cid');
    ledger.request('PATCH /api/v2/conversations/voice/:cid');
    ledger.request('POST /oauth/token');
    expect(scoreOf(simulator, wanted, auditor)).to.deep.equal({
      conversations: 2,
      right: 1,
      updates: 2,
      arrived: 1,
      requests: 2,
      conflicts: 2,
      knownStale: 0,
      p50: 10,
      p95: 10,
    });
    await simulator.close();
  });

  it('takes a call that never began for right if nothing is wanted of it', async () => {
    const simulator = new Simulator({ scenario: parseScenario({}), seed: 1, clock: new FakeClock() });
    simulator.engine.startCall();
    const score = scoreOf(simulator, new WantedUpdates([], () => 0), new Auditor());
    expect(score).to.include({ conversations: 0, right: 1, updates: 0 });
    await simulator.close();
  });
});
