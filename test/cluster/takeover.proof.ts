import { expect } from 'chai';
import { scoreOf, type Score } from './support/score.js';
import { fewestMoves, moved } from './support/lease-history.js';
import { partitions, runFleet, type FleetPlan, type Ran, type RunningFleet } from './support/run-fleet.js';
import { table } from './support/table.js';

/** What the wishes and their ways are drawn from; `FLEET_SEED` gives another one. */
const seed = Number(process.env['FLEET_SEED'] ?? 1);

/** How long leases last, in ms: as short as a machine may be set to that other work slows down. */
const leaseTtl = 2_000;

/** The servers of a NATS cluster choose a new leader within four to nine seconds: leases are to outlast that, as the default does. */
const clusterLeaseTtl = 10_000;

/** What a fleet promises (issue 7, point 3): somebody else goes on within the lease and so long, in ms. */
const beyondLease = 2_000;
const promised = leaseTtl + beyondLease;

/** Longer than a lease, in ms: whoever is away for so long comes back to find others in its place. */
const away = leaseTtl * 2;

/** Writes for what was just wished are under way by then, in ms. */
const beginning = 300;

/** Whether a recovery that takes longer than was promised fails. */
const strict = process.env['FLEET_STRICT'] === '1';

interface Scenario {
  name: string;
  plan?: Partial<FleetPlan>;
  /** Writes take longer than who writes them waits: some overtake others that were given up, and some of a former owner's straggle. */
  straggling?: true;
  act: (fleet: RunningFleet) => Promise<void>;
}

/** The instance that is struck: any but the first would do as well. */
const second = ({ instances }: RunningFleet): RunningFleet['instances'][number] => {
  const [, instance] = instances;
  if (instance === undefined) throw new Error('there is no second instance');
  return instance;
};

/** How long the platform takes for a write before it judges it, in ms, while stragglers are made: longer than a lease lasts. */
const straggling = [leaseTtl * 1.5, leaseTtl * 1.75] as const;

/** The owner sleeps while writes of its are under way, which are judged when others have its calls. */
const frozenMidWrite = async (fleet: RunningFleet): Promise<void> => {
  const victim = second(fleet);
  const { faults } = fleet.simulator;
  const usual = faults.latencyUp;
  faults.latencyUp = straggling;
  fleet.wishes.burst([]);
  await fleet.rest(beginning);
  await fleet.strike([victim], () => {
    victim.freeze();
  });
  faults.latencyUp = usual;
  await fleet.rest(away);
  victim.wake();
  await fleet.settled(fleet.instances);
};

const moves: string[] = [];

const scenarios: readonly Scenario[] = [
  {
    name: 'owner killed',
    act: async (fleet) => {
      const victim = second(fleet);
      await fleet.strike([victim], () => victim.kill());
      await fleet.rest(promised);
      await victim.start();
      await fleet.settled(fleet.instances);
    },
  },
  {
    name: 'owner frozen and woken',
    act: async (fleet) => {
      const victim = second(fleet);
      await fleet.strike([victim], () => {
        victim.freeze();
      });
      await fleet.rest(away);
      victim.wake();
      await fleet.settled(fleet.instances);
    },
  },
  { name: 'frozen mid-write', straggling: true, act: frozenMidWrite },
  { name: 'frozen mid-write, without versions', plan: { target: 'attributes' }, straggling: true, act: frozenMidWrite },
  {
    name: 'cut off from NATS, silently',
    act: async (fleet) => {
      const victim = second(fleet);
      await fleet.strike([victim], () => {
        victim.engine.set({ kind: 'half-open' });
      });
      await fleet.rest(away);
      victim.engine.set(undefined);
      await fleet.settled(fleet.instances);
    },
  },
  {
    name: 'cut off from NATS, with reset',
    act: async (fleet) => {
      const victim = second(fleet);
      await fleet.strike([victim], () => victim.engine.away());
      await fleet.rest(away);
      await victim.engine.back();
      await fleet.settled(fleet.instances);
    },
  },
  {
    name: 'cut off from Genesys',
    act: async (fleet) => {
      const victim = second(fleet);
      await fleet.strike([victim], () => victim.platform.away());
      await fleet.rest(promised);
      await victim.platform.back();
      await fleet.settled(fleet.instances);
    },
  },
  {
    name: 'NATS killed and started again',
    act: async (fleet) => {
      await fleet.engine.kill(0);
      await fleet.rest(away);
      await fleet.strike([], () => fleet.engine.restart());
      await fleet.settled(fleet.instances);
    },
  },
  {
    name: 'all rolling',
    act: async (fleet) => {
      for (const instance of fleet.instances) {
        await fleet.strike([instance], () => instance.stop());
        await instance.start();
        await fleet.settled(fleet.instances);
      }
    },
  },
  {
    name: 'one joins, one leaves',
    plan: { instances: 4, atFirst: 3 },
    act: async (fleet) => {
      const { instances, history } = fleet;
      const [first, ...others] = instances;
      const last = instances.at(-1);
      if (first === undefined || last === undefined) throw new Error('there are no instances');
      const count = async (what: string, members: typeof instances, act: () => Promise<void>): Promise<void> => {
        const before = history.owners(Date.now());
        await act();
        await fleet.settled(members);
        const names = members.map(({ name }) => name);
        const [were, need] = [moved(before, history.owners(Date.now())), fewestMoves(before, names, partitions)];
        moves.push(`${what}: ${were} partitions moved, ${need} at least`);
        expect(were, what).to.equal(need);
      };
      await count('one joins three', instances, () => last.start());
      await count('one of four leaves', others, () => fleet.strike([first], () => first.stop()));
    },
  },
  {
    name: 'one of three NATS servers killed',
    plan: { servers: 3, leaseTtl: clusterLeaseTtl },
    act: async (fleet) => {
      await fleet.strike([], async () => fleet.engine.kill(await fleet.engine.leader()));
      await fleet.rest(clusterLeaseTtl);
      await fleet.engine.restart();
      await fleet.settled(fleet.instances);
    },
  },
];

describe(`a fleet at work (FLEET_SEED=${seed})`, () => {
  const rows: Record<string, string | number>[] = [];

  for (const [index, { name, plan, straggling: slow, act }] of scenarios.entries())
    it(`${name}: nothing is lost, nothing is written without a lease, and others go on`, async () => {
      const ran = await runFleet({ name, seed: seed + index, instances: 3, servers: 1, leaseTtl, ...plan }, act);
      const score = scoreOf(ran);
      rows.push(rowOf(name, score, ran));
      expect(score.trouble, 'trouble').to.deep.equal([]);
      expect(score.lost, 'lost').to.equal(0);
      expect(score.ruled, 'calls with what the rule sets').to.equal(score.calls);
      expect(ran.wishes.refused, 'wishes that nobody took').to.equal(0);
      expect(score.unleased, 'writes begun without a lease').to.deep.equal([]);
      if (slow === true) expect(score.stragglers, 'writes that were judged when others had the call').to.be.above(0);
      else expect(score.ownOverlaps, 'two writes of one participant by one instance').to.equal(0);
      expect(score.recoveries, 'partitions that had to go on').to.not.be.empty;
      // a busy machine adds what it likes: by default the table tells, and `FLEET_STRICT=1` holds it to the promise
      if (strict) expect(score.recoveries.at(-1), 'slowest recovery').to.be.at.most(ran.leaseTtl + beyondLease);
    });

  after(() => {
    process.stdout.write(`\n${table(rows)}\n\n${moves.map((line) => `${line}\n`).join('')}`);
  });
});

function rowOf(scenario: string, score: Score, { homeMs, leaseTtl: lasts }: Ran): Record<string, string | number> {
  const { recoveries } = score;
  const promised = lasts + beyondLease;
  const ms = (value: number | undefined): number => Math.round(value ?? NaN);
  return {
    scenario,
    accepted: score.accepted,
    confirmed: score.confirmed,
    lost: score.lost,
    rules: `${score.ruled}/${score.calls}`,
    writes: score.writes,
    conflicts: score.conflicts,
    'without lease': score.unleased.length,
    stragglers: score.stragglers,
    'refused (409/412)': score.refused,
    overwritten: score.overwritten,
    'recovery p50': ms(recoveries[Math.floor(recoveries.length / 2)]),
    'max ms': ms(recoveries.at(-1)),
    'promised ms': promised,
    '503': score.unavailable,
    'accepted within ms': score.slowestAcceptance,
    'home after ms': ms(homeMs),
  };
}
