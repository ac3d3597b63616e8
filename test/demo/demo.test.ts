import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import { Demo } from '../../src/demo/demo.js';
import { frame, summary } from '../../src/demo/view.js';
import { Random } from '../../src/simulator/random.js';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';

/** Four calls that move a lot, and are short. */
const short: ScenarioInput = {
  calls: { perMinute: 240, most: 4, churn: { kind: 'steady', perSecond: 6 }, talkMs: [1_500, 2_500], pace: 2 },
  faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150], duplicate: 0.1 },
};

/** A demo in a time that runs as fast as the machine can. */
async function withDemo(scenario: ScenarioInput | undefined, test: (demo: Demo, clock: FakeClock) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const random = new Random(5);
  const demo = await Demo.open({ seed: 3, clock, random: () => random.next(), ...(scenario === undefined ? {} : { scenario }) });
  try {
    await test(demo, clock);
  } finally {
    const closing = demo.close();
    let closed = false;
    void closing.finally(() => (closed = true));
    await passing(clock, () => closed);
    await closing;
    await eventually('its connections have ended', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
  }
}

/** Lets time pass, 2 ms a turn, until something holds. */
async function passing(clock: FakeClock, until: () => boolean): Promise<void> {
  while (!until()) await clock.advance(2);
}

describe('the demo', () => {
  it('gets every conversation right and sends no ETag that it knows to be stale, where the naive writer meets conflicts', () =>
    withDemo(short, async (demo, clock) => {
      let score: Awaited<ReturnType<Demo['run']>> | undefined;
      const run = demo.run().then((ended) => (score = ended));
      await passing(clock, () => score !== undefined);
      const { ours, naive } = await run;
      expect(ours).to.include({ conversations: 4, right: 4, knownStale: 0, arrived: ours.updates });
      expect(naive.conversations).to.equal(4);
      expect(naive.updates).to.equal(ours.updates);
      expect(naive.knownStale).to.be.above(0);
      expect(naive.conflicts).to.be.above(ours.conflicts);
      expect(demo.ours.simulator.ledger.overlaps).to.equal(0);
      expect(summary(demo, 42)).to.match(/^attributed demo 42 s calls 0 live, 4 ended \| attributed waiting 0 written \d+/);
    }));

  it('plays the same calls on both sides', () =>
    withDemo(short, async (demo, clock) => {
      const { ours, theirs } = demo;
      for (const { simulator } of [ours, theirs]) simulator.engine.start();
      await clock.advance(60_000);
      const calls = (side: typeof ours): unknown => side.simulator.engine.calls.map(({ conversation }) => ({ ...conversation, custom: 0 }));
      expect(calls(ours)).to.deep.equal(calls(theirs));
      expect(ours.wanted.all).to.deep.equal(theirs.wanted.all);
      expect(ours.wanted.all).to.have.length.above(11);
    }));

  it('has forty calls of its own', () =>
    withDemo(undefined, async (demo, clock) => {
      for (let count = 0; count < 14; count += 1) demo.ours.simulator.engine.startCall();
      demo.theirs.simulator.engine.startCall();
      await clock.advance(300);
      const { engine, world } = demo.ours.simulator;
      const [first] = engine.calls;
      first!.perform({ do: 'enter-queue', queueId: 'billing' });
      demo.ours.wanted.onAction(first!, { after: 0, action: { do: 'enter-queue', queueId: 'billing' } });
      world.write(first!.conversation!, new Map([[first!.conversation!.participants[0]!, { lastQueue: 'billing' }]]));
      engine.calls[1]!.perform({ do: 'hang-up' });
      engine.calls[2]!.perform({ do: 'hang-up' });

      const text = stripVTControlCharacters(frame(demo, 7.4));
      const lines = text.trimEnd().split('\n');
      expect(lines[0]).to.equal('attributed demo     7 s   calls 12 live, 2 ended');
      expect(lines[1]?.trim()).to.match(/^attributed +waiting +0 +written +0 +conflicts +0 +given up +0$/);
      expect(lines[2]?.trim()).to.match(/^naive writer +waiting +0 +written +0 +conflicts +0 +given up +0$/);
      const rows = lines.slice(5);
      expect(rows).to.have.length(12);
      const [id, version] = [first!.id.slice(0, 8), first!.conversation!.version];
      expect(rows[0]?.trim().replace(/ +/g, ' ')).to.equal(`${id} ${version} ${first!.ani} 1 of 3 0 of 3`);
      expect(summary(demo, 7.4)).to.equal(
        'attributed demo 7 s calls 12 live, 2 ended | attributed waiting 0 written 0 conflicts 0 given up 0 | naive writer waiting 0 written 0 conflicts 0 given up 0',
      );
    }));

  it('can be closed in the middle of a run', () =>
    withDemo(short, async (demo, clock) => {
      const ended = demo.run().then(
        () => 'ended',
        () => 'failed',
      );
      await passing(clock, () => demo.naive.working > 0 && demo.daemon.writer.pending > 0);
      expect(await Promise.race([ended, Promise.resolve('running')])).to.equal('running');
    }));
});
