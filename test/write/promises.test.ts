import { expect } from 'chai';
import fc from 'fast-check';
import { versionOfEtag } from '../../src/conversation/newest.js';
import type { Intent } from '../../src/intent/intent.js';
import type { Fate } from '../support/fake-platform.js';
import { Writing } from '../support/writing.js';

/** What may happen to a call, its writer and the network; times in ms. */
type Happening =
  | { do: 'pass'; ms: number }
  | { do: 'bump' }
  /** Another writer sets a key of its own. */
  | { do: 'other-writer'; value: string }
  | { do: 'event' }
  | { do: 'late-event'; behind: number }
  | { do: 'duplicate' }
  | { do: 'wish'; key: string; value: string }
  | { do: 'gap' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  // fine enough that events cross requests in flight
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 25 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other-writer' as const), value: fc.constantFrom('x', 'y') }) },
  { weight: 4, arbitrary: fc.constant({ do: 'bump' } as const) },
  { weight: 4, arbitrary: fc.constant({ do: 'event' } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late-event' as const), behind: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'duplicate' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wish' as const), key: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('1', '2', '3') }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'gap' } as const) },
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'served' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unsent' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unanswered' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('answered' as const), status: fc.constantFrom(500, 503), carriedOut: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'answered', status: 429, headers: { 'retry-after': '1' } } as const) },
);

const latency = fc.record({
  connect: fc.integer({ min: 0, max: 40 }),
  up: fc.integer({ min: 0, max: 60 }),
  down: fc.integer({ min: 0, max: 60 }),
});

const world = fc.record({
  happenings: fc.array(happening, { minLength: 10, maxLength: 60, size: 'max' }),
  fates: fc.array(fate, { maxLength: 8, size: 'max' }),
  latencies: fc.array(latency, { minLength: 1, maxLength: 10 }),
  conflictEtag: fc.boolean(),
  policy: fc.constantFrom('adaptive' as const, 'debounce' as const, 'immediate' as const),
  target: fc.constantFrom('voice' as const, 'voice-conversation' as const),
  events: fc.constantFrom('version' as const, 'etag' as const, 'none' as const),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

interface Outcome {
  house: Writing;
  intents: Intent[];
  wanted: Record<string, string>;
  others: Record<string, string>;
  /** Writes with an ETag older than one that the daemon had been told. */
  knownStale: string[];
}

/** Lets a world happen, and then lets the platform answer until all is done. */
async function live({ happenings, fates, latencies, conflictEtag, policy, target, events }: World): Promise<Outcome> {
  const waiting = [...fates];
  let turn = 0;
  const house = new Writing({
    settings: { policy },
    target,
    conflictEtag,
    events,
    latency: () => latencies[turn++ % latencies.length] ?? { connect: 0, up: 0, down: 0 },
    fate: ({ method }) => (method === 'PATCH' || method === 'GET' ? waiting.shift() : undefined) ?? { kind: 'served' },
  });
  const { platform } = house;
  const knownStale: string[] = [];
  let told = 0;
  platform.onTold = (version) => (told = Math.max(told, version));
  platform.onComposed = (ifMatch) => {
    if ((versionOfEtag(ifMatch) ?? 0) < told) knownStale.push(`${ifMatch} although ${told} was known`);
  };
  const event = (version: number): void => {
    // an event without a version tells no number, and one with an ETag only counts by arrival
    if (events === 'version') told = Math.max(told, version);
    house.event({ version });
  };
  const intents: Intent[] = [];
  const wanted: Record<string, string> = {};
  const others: Record<string, string> = {};
  event(platform.version);
  for (const step of happenings) {
    switch (step.do) {
      case 'pass':
        await house.clock.advance(step.ms);
        break;
      case 'bump':
        platform.bump();
        break;
      case 'other-writer':
        platform.bump();
        platform.attributes['theirs'] = step.value;
        others['theirs'] = step.value;
        break;
      case 'event':
      case 'duplicate':
        event(platform.version);
        break;
      case 'late-event':
        event(Math.max(1, platform.version - step.behind));
        break;
      case 'wish':
        wanted[step.key] = step.value;
        intents.push(await house.wish({ [step.key]: step.value }));
        break;
      case 'gap':
        house.registry.gap();
    }
  }
  await house.clock.advance(600_000);
  return { house, intents, wanted, others, knownStale };
}

describe('the promises of the writer, under any interleaving', () => {
  it('keeps one write in flight, sends own keys only, and ends with the last value of each key', () =>
    fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const { house, intents, wanted, others } = await live(drawn);
        expect(house.platform.mostInFlight).to.be.at.most(1);
        expect(house.platform.attributes).to.deep.equal({ ...wanted, ...others });
        expect(house.writer.pending).to.equal(0);
        for (const intent of intents) expect(house.state(intent)).to.be.oneOf(['confirmed', 'satisfied', 'superseded']);
        for (const { attributes } of house.platform.writes) expect(Object.keys(wanted)).to.include.members(Object.keys(attributes));
      }),
      { numRuns: 400 },
    ));

  it('never sends an ETag older than one that it was told by then', () =>
    fc.assert(
      fc.asyncProperty(
        world.filter(({ events }) => events === 'version'),
        async (drawn) => {
          const { knownStale } = await live(drawn);
          expect(knownStale).to.deep.equal([]);
        },
      ),
      { numRuns: 400 },
    ));

  it('sends nothing more when every event comes twice', () =>
    fc.assert(
      fc.asyncProperty(
        world.map((drawn) => ({ ...drawn, fates: [], events: 'version' as const })),
        async (drawn) => {
          const once = await live(drawn);
          const twice = await live({
            ...drawn,
            happenings: drawn.happenings.flatMap((step): Happening[] => (step.do === 'event' ? [step, { do: 'duplicate' }] : [step])),
          });
          expect(twice.house.platform.writes.map(({ attributes }) => attributes)).to.deep.equal(
            once.house.platform.writes.map(({ attributes }) => attributes),
          );
        },
      ),
      { numRuns: 200 },
    ));
});
