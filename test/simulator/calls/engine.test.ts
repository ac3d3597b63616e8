import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { Deadlines } from '../../../src/base/deadlines.js';
import type { Call } from '../../../src/simulator/calls/call.js';
import { CallEngine, type EngineOptions } from '../../../src/simulator/calls/engine.js';
import { profiles } from '../../../src/simulator/calls/profile.js';
import type { Step } from '../../../src/simulator/calls/script.js';
import type { SimConversation, SimParticipant } from '../../../src/simulator/platform/model.js';
import { World } from '../../../src/simulator/platform/world.js';
import { Random } from '../../../src/simulator/random.js';
import { FakeClock } from '../../support/fake-clock.js';

const options: EngineOptions = {
  churn: profiles.steady,
  queues: ['billing', 'support'],
  users: ['ada', 'grace'],
  talkMs: [500, 1_500],
  declined: 0.4,
  transferred: 0.3,
  pace: 4,
  perMinute: 120,
  most: 2,
  flowReverts: 0,
};

function setUp(seed: number, changed: Partial<EngineOptions> = {}, callers = ['+1', '+2', '+3']) {
  const clock = new FakeClock();
  const world = new World(clock);
  /** Each action, and when it was told, in whole ms. */
  const played: [action: string, at: number][] = [];
  const onAction = sinon.spy((_: Call, { action }: Step): void => void played.push([action.do, Math.round(clock.now())]));
  const deps = { clock, deadlines: new Deadlines(clock), world, random: new Random(seed), callers, onAction };
  return { clock, world, onAction, played, engine: new CallEngine(deps, { ...options, ...changed }) };
}

const legs = ({ id, participants }: SimConversation): string =>
  JSON.stringify([id, participants.map((leg) => ({ ...leg, attributes: undefined }))]);

/** All that happens to the calls of a seed: time, version and state of each change. Somebody may write in between. */
async function history(seed: number, writer?: (world: World, conversation: SimConversation) => void): Promise<string[]> {
  const { clock, world, engine } = setUp(seed);
  const told: string[] = [];
  world.listen((conversation, { kind }) => {
    if (kind !== 'state') return;
    told.push(`${clock.now()} ${writer === undefined ? conversation.version : ''} ${legs(conversation)}`);
    writer?.(world, conversation);
  });
  engine.start();
  await clock.advance(120_000);
  await engine.done;
  expect(engine.live).to.equal(0);
  return told;
}

const rank = { alerting: 0, connected: 1, disconnected: 2, terminated: 3 };
const seeds = fc.integer();

describe('the call engine of the simulator', () => {
  it('plays identical calls, with identical versions, for the same seed', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        expect(await history(seed)).to.deep.equal(await history(seed));
      }),
      { numRuns: 8 },
    ));

  it('plays other calls for another seed', async () => {
    expect(await history(1)).not.to.deep.equal(await history(2));
  });

  it('plays the same calls whatever clients write', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const alone = await history(seed, () => undefined);
        const disturbed = await history(seed, (world, conversation) => {
          world.write(conversation, new Map([[conversation.participants[0]!, { seen: String(conversation.version) }]]));
        });
        expect(disturbed).to.deep.equal(alone);
      }),
      { numRuns: 8 },
    ));

  it('reverts what was written to the customer once, soon after the first queue, in a call that is otherwise the same', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const play = async (flowReverts: number) => {
          const { clock, world, played, engine } = setUp(seed, { most: 1, flowReverts });
          const seen: Record<string, string>[] = [];
          world.listen((conversation, { kind }) => {
            const customer = conversation.participants[0]!;
            if (kind === 'attributes') seen.push({ ...customer.attributes });
            else if (customer.attributes['tier'] === undefined) world.write(conversation, new Map([[customer, { tier: 'gold' }]]));
          });
          engine.start();
          await clock.advance(120_000);
          return { played, seen };
        };
        const [never, always] = [await play(0), await play(1)];
        expect(never.seen).to.deep.equal([{ tier: 'gold' }]);
        const own = { flowName: 'Main menu', language: 'en-US' };
        expect(always.seen).to.deep.equal([{ ...own, tier: 'gold' }, own, { ...own, tier: 'gold' }]);

        const atOf = (wanted: string): number[] => always.played.filter(([action]) => action === wanted).map(([, at]) => at);
        expect(atOf('flow-end')).to.have.length(1);
        expect(atOf('flow-end')[0]! - atOf('enter-queue')[0]!).to.be.within(100 / options.pace - 1, 1_000 / options.pace + 1);
        const others = always.played.filter(([action]) => action !== 'flow-end');
        expect(others.map(([action]) => action)).to.deep.equal(never.played.map(([action]) => action));
        for (const [index, [, at]] of others.entries()) expect(at).to.be.closeTo(never.played[index]![1], 1);
      }),
      { numRuns: 8 },
    ));

  it('reverts in as many calls as it should', async () => {
    const { clock, played, engine } = setUp(1, { most: 100, perMinute: 6_000, flowReverts: 0.3 });
    engine.start();
    await clock.advance(120_000);
    const ended = played.filter(([what]) => what === 'flow-end');
    expect(ended.length).to.be.within(15, 45);
  });

  it('only ever goes forward in what only goes forward', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { clock, world, engine } = setUp(seed);
        const before = new Map<string, { version: number; participants: SimParticipant[] }>();
        world.listen(({ id, version, participants }) => {
          const known = before.get(id);
          expect(version).to.equal((known?.version ?? 0) + 1);
          for (const [index, earlier] of (known?.participants ?? []).entries()) {
            const now = participants[index];
            expect(now?.id).to.equal(earlier.id);
            expect(rank[now!.state]).to.be.at.least(rank[earlier.state]);
            if (earlier.endTime !== undefined) expect(now?.endTime).to.equal(earlier.endTime);
            if (earlier.connectedTime !== undefined) expect(now?.connectedTime).to.equal(earlier.connectedTime);
          }
          before.set(id, { version, participants: structuredClone(participants) });
        });
        engine.start();
        await clock.advance(120_000);
        expect(before.size).to.equal(2);
      }),
      { numRuns: 8 },
    ));

  it('brings each call to its end: everybody gone, declined alerts dead, the last agent done', () =>
    fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { clock, engine } = setUp(seed);
        engine.start();
        await clock.advance(120_000);
        for (const { conversation } of engine.calls) {
          const { participants, endTime } = conversation!;
          expect(endTime).to.be.a('string');
          for (const participant of participants) expect(participant.endTime).to.be.a('string');
          const agents = participants.filter(({ purpose }) => purpose === 'agent');
          const answered = agents.filter(({ connectedTime }) => connectedTime !== undefined);
          expect(answered.length).to.be.within(1, 2);
          for (const dead of agents) if (!answered.includes(dead)) expect(dead.disconnectType).to.equal('timeout');
          expect(agents.at(-1)).to.include({ wrapup: 'done', state: 'terminated' });
        }
      }),
      { numRuns: 8 },
    ));

  it('lets calls arrive at their rate, and no more than it should', async () => {
    const { clock, engine } = setUp(1, { most: 3, perMinute: 60 });
    engine.start();
    await clock.advance(0);
    expect(engine.calls).to.have.length(1);
    await clock.advance(1_000);
    expect(engine.calls).to.have.length(2);
    await clock.advance(5_000);
    expect(engine.calls).to.have.length(3);
    expect(engine.calls.map(({ ani }) => ani)).to.deep.equal(['+1', '+2', '+3']);
  });

  it('tells each action right after it was carried out', async () => {
    const { clock, engine, onAction } = setUp(1, { most: 1 });
    engine.start();
    await clock.advance(0);
    sinon.assert.calledOnceWithExactly(onAction, engine.calls[0]!, sinon.match({ after: 0, action: { do: 'start' } }));
    expect(engine.calls[0]?.conversation).not.to.be.undefined;
    await clock.advance(120_000);
    expect(onAction.lastCall.args[1]).to.have.nested.property('action.do', 'wrap-up');
  });

  it('forgets ended calls after a while when there is no end to them', async () => {
    const { clock, world, engine } = setUp(1, { most: undefined, perMinute: 1 });
    engine.start();
    await clock.advance(59_000);
    const [first] = engine.calls;
    expect(engine.live).to.equal(0);
    expect(world.conversations.has(first!.id)).to.be.true;
    await clock.advance(600_000);
    expect(world.conversations.has(first!.id)).to.be.false;
    expect(engine.calls).not.to.include(first);
    engine.stop();
  });

  it('stands still once it is stopped', async () => {
    const { clock, world, engine } = setUp(1);
    engine.start();
    await clock.advance(500);
    engine.stop();
    const listener = sinon.spy();
    world.listen(listener);
    await clock.advance(60_000);
    sinon.assert.notCalled(listener);
  });

  it('has callers also where nobody is named', () => {
    expect(setUp(1, {}, []).engine.startCall().ani).to.equal('+15550000000');
  });
});
