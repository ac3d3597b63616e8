import { expect } from 'chai';
import fc from 'fast-check';
import type { Intent } from '../../src/intent/intent.js';
import type { Fate } from '../support/fake-platform.js';
import { Writing } from '../support/writing.js';

/** What may happen while others overwrite; times in ms. */
type Happening =
  | { do: 'pass'; ms: number }
  /** Others set a key of ours, or take it away. */
  | { do: 'overwrite'; key: string; value: string | undefined }
  | { do: 'bump' }
  | { do: 'event' }
  | { do: 'duplicate' }
  | { do: 'late-event'; behind: number }
  | { do: 'part'; key: string }
  /** A value of its own for each key, or the one that is wished for already. */
  | { do: 'wish'; keys: string[]; again: boolean }
  | { do: 'gap' };

const key = fc.constantFrom('a', 'b');
const step = <T extends Happening['do']>(name: T) => fc.constant(name);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: step('pass'), ms: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ do: step('pass'), ms: fc.integer({ min: 100, max: 3_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: step('overwrite'), key, value: fc.constantFrom('theirs', 'others', undefined) }) },
  { weight: 1, arbitrary: fc.record({ do: step('bump') }) },
  { weight: 5, arbitrary: fc.record({ do: step('event') }) },
  { weight: 1, arbitrary: fc.record({ do: step('duplicate') }) },
  { weight: 2, arbitrary: fc.record({ do: step('late-event'), behind: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: step('part'), key }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: step('wish'), keys: fc.uniqueArray(key, { minLength: 1, maxLength: 2 }), again: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: step('gap') }) },
);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'served' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unsent' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unanswered' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('answered' as const), status: fc.constant(503), carriedOut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'answered', status: 429, headers: { 'retry-after': '1' } } as const) },
);

const world = fc.record({
  happenings: fc.array(happening, { minLength: 10, maxLength: 70, size: 'max' }),
  fates: fc.array(fate, { maxLength: 8, size: 'max' }),
  latencies: fc.array(
    fc.record({ connect: fc.integer({ min: 0, max: 40 }), up: fc.integer({ min: 0, max: 60 }), down: fc.integer({ min: 0, max: 60 }) }),
    { minLength: 1, maxLength: 10 },
  ),
  reassert: fc.integer({ min: 0, max: 3 }),
  policy: fc.constantFrom('adaptive' as const, 'immediate' as const),
  target: fc.constantFrom('voice' as const, 'voice-conversation' as const),
  events: fc.constantFrom('version' as const, 'etag' as const, 'none' as const),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

interface Outcome {
  house: Writing;
  intents: Intent[];
  /** Key → the last wished value, and the intent that wished it. */
  wanted: Map<string, { value: string; intent: Intent }>;
}

/** Lets a world happen; then others are quiet, and events go on. */
async function live({ happenings, fates, latencies, reassert, policy, target, events }: World): Promise<Outcome> {
  const waiting = [...fates];
  let turn = 0;
  let values = 0;
  const house = new Writing({
    settings: { policy, reassert },
    target,
    events,
    latency: () => latencies[turn++ % latencies.length] ?? { connect: 0, up: 0, down: 0 },
    fate: () => waiting.shift() ?? { kind: 'served' },
  });
  const { platform } = house;
  const intents: Intent[] = [];
  const wanted: Outcome['wanted'] = new Map();
  house.event();
  for (const happens of happenings) {
    switch (happens.do) {
      case 'pass':
        await house.clock.advance(happens.ms);
        break;
      case 'overwrite':
        platform.overwrite({ [happens.key]: happens.value });
        break;
      case 'bump':
        platform.bump();
        break;
      case 'event':
      case 'duplicate':
        house.event();
        break;
      case 'late-event': {
        const version = Math.max(1, platform.version - happens.behind);
        house.event({ version, attributes: platform.history[version] ?? {} });
        break;
      }
      case 'part': {
        const value = platform.attributes[happens.key];
        if (value !== undefined) house.part({ [happens.key]: value });
        break;
      }
      case 'wish': {
        const fresh = (): string => `ours ${(values += 1)}`;
        const attributes = Object.fromEntries(
          happens.keys.map((name) => [name, happens.again ? (wanted.get(name)?.value ?? fresh()) : fresh()]),
        );
        const intent = await house.wish(attributes);
        intents.push(intent);
        for (const [name, value] of Object.entries(attributes)) wanted.set(name, { value, intent });
        break;
      }
      case 'gap':
        house.registry.gap();
    }
  }
  for (let count = 0; count < 8; count += 1) {
    await house.clock.advance(30_000);
    house.event();
  }
  await house.clock.advance(60_000);
  return { house, intents, wanted };
}

describe('the promises of the writer, while others overwrite', () => {
  it('ends with the last value of each key, or a dead letter that says overwritten', () =>
    fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const { house, intents, wanted } = await live(drawn);
        for (const [name, { value, intent }] of wanted) {
          const end = house.outbox.get(intent.id);
          // what stands by itself is not watched, nor what a dead letter set before it gave up
          const givenUp = intents.some(({ id, attributes }) => attributes?.[name] === value && house.outbox.get(id)?.state === 'dead');
          if (end?.state !== 'dead' && givenUp) continue;
          if (end?.state === 'dead') expect(end.reason?.what).to.equal('overwritten');
          else expect(house.platform.attributes[name], `${name}, ${String(end?.state)}`).to.equal(value);
        }
        expect([house.writer.pending, house.writer.unconfirmed, house.outbox.pending]).to.deep.equal([0, 0, 0]);
        for (const intent of intents) expect(house.state(intent)).to.be.oneOf(['confirmed', 'satisfied', 'superseded', 'dead']);
        expect(house.platform.mostInFlight).to.be.at.most(1);
        expect(house.registry.get('c1')?.dirty).to.equal(false);
      }),
      { numRuns: 400 },
    ));

  it('writes a value of an intent at most once and `reassert` times again, what had no answer aside', () =>
    fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const { house, intents } = await live(drawn);
        const unknown = drawn.fates.filter(({ kind }) => kind === 'unanswered').length;
        for (const name of ['a', 'b']) {
          const wishedFor = new Map<string, number>();
          for (const { attributes } of intents) {
            const value = attributes?.[name];
            if (value !== undefined) wishedFor.set(value, (wishedFor.get(value) ?? 0) + 1);
          }
          for (const [value, count] of wishedFor) {
            const taken = house.platform.writes.filter(({ status, attributes }) => status === 200 && attributes[name] === value).length;
            expect(taken, value).to.be.at.most(count * (drawn.reassert + 1) + unknown);
          }
        }
      }),
      { numRuns: 400 },
    ));
});
