import { expect } from 'chai';
import fc from 'fast-check';
import { Breaker } from '../../src/genesys/breaker.js';
import { NoAnswer, Withdrawn } from '../../src/genesys/errors.js';
import type { Answer } from '../../src/genesys/answer.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';
import { answer } from './support/answers.js';

type Ending = 'answered' | 'failed' | 'unsent' | 'unanswered' | 'withdrawn';

/** What may happen, in any order. `pick` chooses among the calls in the air. */
type Step = { do: 'call' } | { do: 'end'; pick: number; how: Ending } | { do: 'pass'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ do: 'call' } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      pick: fc.nat(1_000),
      how: fc.oneof(
        { weight: 12, arbitrary: fc.constant('unsent' as const) },
        { weight: 1, arbitrary: fc.constantFrom('answered' as const, 'failed' as const, 'unanswered' as const, 'withdrawn' as const) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.oneof(fc.nat(500), fc.nat(12_000)) }) },
);

interface Flight {
  /** It was let through while the breaker was open. */
  probe: boolean;
  end: (how: Ending) => void;
}

class World {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly breaker = new Breaker({ clock: this.clock, log: this.log });
  flights: Flight[] = [];
  made = 0;
  settled = 0;
  readonly #guarded = this.breaker.guard(() => this.#exchange());

  /** Whether it reached the network. */
  async call(): Promise<boolean> {
    const before = this.flights.length;
    this.made += 1;
    const settle = (): void => {
      this.settled += 1;
    };
    this.#guarded({ method: 'GET', url: 'https://api.test/x', timeout: 1 }).then(settle, settle);
    await settled();
    return this.flights.length > before;
  }

  async end(flight: Flight, how: Ending): Promise<void> {
    this.flights = this.flights.filter((other) => other !== flight);
    flight.end(how);
    await settled();
  }

  #exchange(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const end = (how: Ending): void => {
        if (how === 'answered' || how === 'failed') resolve(answer(how === 'answered' ? 200 : 500));
        else reject(how === 'withdrawn' ? new Withdrawn() : new NoAnswer('GET /x', 'no', how === 'unanswered'));
      };
      this.flights.push({ probe: this.breaker.open, end });
    });
  }
}

describe('Breaker, whatever the schedule', () => {
  it('while it is open never has more than one call on the network, and none within the first 2 s; any answer closes it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), async (steps) => {
        const world = new World();
        const { clock, log } = world;
        const isOpen = (): boolean => world.breaker.open;
        let openedAt = -Infinity;
        for (const happening of steps) {
          const before = isOpen();
          const flight = happening.do === 'end' ? world.flights[happening.pick % Math.max(1, world.flights.length)] : undefined;
          if (happening.do === 'pass') await clock.advance(happening.ms);
          else if (happening.do === 'call') {
            const reached = await world.call();
            if (!before) expect(reached, 'a closed one lets everything through').to.equal(true);
            else if (reached) expect(clock.now() - openedAt).to.be.at.least(2_000);
          } else if (flight !== undefined) {
            await world.end(flight, happening.how);
            if (happening.how === 'answered' || happening.how === 'failed') expect(isOpen()).to.equal(false);
            if (happening.how === 'withdrawn') expect(isOpen()).to.equal(before);
          }
          if (!before && isOpen()) openedAt = clock.now();
          // a straggler's answer may close it under a probe, which is then a call like others
          if (!isOpen()) for (const other of world.flights) other.probe = false;
          expect(world.flights.filter(({ probe }) => probe).length).to.be.at.most(1);
          expect(world.settled + world.flights.length, 'no call is lost').to.equal(world.made);
          expect(log.of('breaker.opened').length - log.of('breaker.closed').length).to.equal(isOpen() ? 1 : 0);
        }
        // it never sticks: with the host there, ten seconds and one call are enough
        for (const flight of world.flights) await world.end(flight, 'unsent');
        await clock.advance(10_000);
        expect(await world.call()).to.equal(true);
        for (const flight of world.flights) await world.end(flight, 'answered');
        expect(isOpen()).to.equal(false);
      }),
      { numRuns: 300 },
    ));
});
