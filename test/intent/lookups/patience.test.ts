import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import type { Answer } from '../../../src/genesys/answer.js';
import type { Intent } from '../../../src/intent/intent.js';
import { Lookup, type LookupAnswer } from '../../../src/intent/lookups/lookup.js';
import { PatientLookups } from '../../../src/intent/lookups/patience.js';
import { settled } from '../../support/fake-clock.js';
import { Bench, ended, giveUpAfter, lookupConfig, participant } from '../support/bench.js';
import { answer } from '../support/fake-crm.js';
import { unread } from '../../support/metrics.js';

const url = 'http://crm/1';
const found = { found: true, value: 'gold' };

/** One intent whose lookup is asked with patience. */
class Patient {
  readonly bench: Bench;
  readonly lookup: Lookup;
  readonly times: number[] = [];
  /** What came of it; undefined while it is under way. */
  outcome: { answer: LookupAnswer | 'outdated' | undefined } | undefined;
  readonly #patience: PatientLookups;
  intent: Intent | undefined;

  constructor({ random = () => 1, reply }: { random?: () => number; reply: () => Promise<Answer> }) {
    const bench = (this.bench = new Bench({ rules: [] }));
    const exchange = (): Promise<Answer> => {
      this.times.push(bench.clock.now());
      return reply();
    };
    this.lookup = new Lookup('crm', lookupConfig('http://crm/{id}'), { exchange, clock: bench.clock, headers: {}, metrics: unread() });
    const { clock, deadlines, log, outbox, stop } = bench;
    this.#patience = new PatientLookups({ clock, deadlines, log, outbox, random, giveUpAfter, signal: stop.signal });
  }

  async ask(): Promise<void> {
    const { bench } = this;
    await bench.tell([participant('p1')]);
    this.intent = await bench.outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined });
    if (this.intent === undefined) throw new Error('the intent was not accepted');
    void this.#patience.ask(this.lookup, url, this.intent, bench.conversation()).then((given) => (this.outcome = { answer: given }));
    await settled();
  }

  get waits(): number[] {
    return this.times.slice(1).map((time, index) => time - (this.times[index] ?? 0));
  }
}

describe('patience with lookups', () => {
  it('gives the answer at once where there is one', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(200, 'gold')) });
    await patient.ask();
    expect(patient.outcome).to.deep.equal({ answer: found });
    expect(patient.bench.clock.timers, 'that of the conversation').to.equal(1);
    expect(patient.bench.log.of('lookup.failed')).to.be.empty;
  });

  it('waits longer after each failure, up to 15 s', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(503)) });
    await patient.ask();
    await patient.bench.clock.advance(60_000);
    expect(patient.waits.slice(0, 8)).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(patient.outcome).to.equal(undefined);
    expect(patient.bench.log.of('lookup.failed').slice(0, 2)).to.deep.equal(
      [500, 1_000].map((retryInMs) => ({
        conversationId: 'c1',
        intentId: patient.intent?.id,
        status: 503,
        error: 'lookup crm: answered with status 503',
        retryInMs,
      })),
    );
  });

  it('draws each wait evenly from zero to its bound', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 8, maxLength: 8 }),
        async (draws) => {
          let drawn = 0;
          const random = (): number => {
            drawn += 1;
            return draws[drawn - 1] ?? 0.5;
          };
          const patient = new Patient({ random, reply: () => Promise.resolve(answer(429)) });
          await patient.ask();
          await patient.bench.clock.advance(46_000);
          const expected = draws.map((draw, failures) => Math.round(draw * Math.min(15_000, 500 * 2 ** failures)));
          const waits = patient.waits.slice(0, draws.length);
          expect(waits).to.deep.equal(expected.slice(0, waits.length));
          expect(waits.length, 'it never waits longer than its bound').to.be.at.least(6);
        },
      ),
      { numRuns: 30 },
    ));

  const replies: Record<string, () => Promise<Answer>> = {
    'a 500': () => Promise.resolve(answer(500)),
    'a 429': () => Promise.resolve(answer(429)),
    'no answer in time': () => Promise.reject(new Error('GET /1: nothing came within 3000 ms')),
  };
  for (const [what, fail] of Object.entries(replies))
    it(`gets its answer after ${what}`, async () => {
      const reply = sinon.stub<[], Promise<Answer>>().callsFake(fail);
      const patient = new Patient({ reply });
      await patient.ask();
      expect(patient.outcome).to.equal(undefined);
      reply.resolves(answer(200, 'gold'));
      await patient.bench.clock.advance(500);
      expect(patient.outcome).to.deep.equal({ answer: found });
      expect(patient.bench.outbox.open()).to.have.length(1);
    });

  it('tells of a 4xx and does not try it again: the intent is dead', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(403, 'who are you?')) });
    await patient.ask();
    expect(patient.outcome).to.deep.equal({ answer: undefined });
    const what = 'lookup crm: answered with status 403, it is not tried again';
    expect(patient.intent).to.deep.include({ state: 'dead', reason: { what, status: 403 } });
    expect(patient.bench.log.of('lookup.failed')).to.deep.equal([
      { conversationId: 'c1', intentId: patient.intent?.id, status: 403, error: what, retryInMs: undefined },
    ]);
    expect(patient.bench.log.of('intent.dead')).to.deep.equal([
      { intentId: patient.intent?.id, conversationId: 'c1', reason: what, status: 403, attempts: 0 },
    ]);
    await patient.bench.clock.advance(60_000);
    expect(patient.times).to.have.length(1);
  });

  it('gives up at giveUpAfter, never later, and says so', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(503)) });
    await patient.ask();
    await patient.bench.clock.advance(giveUpAfter);
    expect(patient.outcome).to.deep.equal({ answer: undefined });
    expect(patient.intent).to.deep.include({
      state: 'dead',
      reason: { what: 'lookup crm: answered with status 503; given up after write.giveUpAfter', status: 503 },
    });
    const tries = patient.times.length;
    await patient.bench.clock.advance(giveUpAfter);
    expect(patient.times).to.have.length(tries);
  });

  it('counts the time that the machine slept as age of the intent', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(503)) });
    await patient.ask();
    patient.bench.clock.sleep(giveUpAfter);
    await patient.bench.clock.advance(500);
    expect(patient.intent?.state).to.equal('dead');
  });

  it('gives up when the call has ended, after one more try, and says so', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(503)) });
    await patient.ask();
    await patient.bench.tell([ended(participant('p1'))]);
    expect(patient.outcome).to.equal(undefined);
    await patient.bench.clock.advance(500);
    expect(patient.times).to.have.length(2);
    expect(patient.intent?.reason).to.deep.equal({ what: 'lookup crm: answered with status 503; the call has ended', status: 503 });
    expect(patient.outcome).to.deep.equal({ answer: undefined });
  });

  it('still gives the answer of a call that has ended', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(200, 'gold')) });
    await patient.bench.tell([participant('p1')]);
    await patient.ask();
    await patient.bench.tell([ended(participant('p1'))]);
    expect(patient.outcome).to.deep.equal({ answer: found });
  });

  it('stops waiting as soon as the daemon stops, and leaves the intent as it is', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(503)) });
    await patient.ask();
    patient.bench.stop.abort();
    await settled();
    expect(patient.outcome).to.deep.equal({ answer: undefined });
    expect(patient.intent?.state).to.equal('accepted');
    expect(patient.times).to.have.length(1);
  });

  it('asks nothing when the daemon has stopped before', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(200)) });
    patient.bench.stop.abort();
    await patient.ask();
    expect(patient.outcome).to.deep.equal({ answer: undefined });
    expect(patient.times).to.be.empty;
  });

  it('hands on what is no failure of the lookup', async () => {
    const patient = new Patient({ reply: () => Promise.resolve(answer(200)) });
    await patient.bench.tell([participant('p1')]);
    const fault = new TypeError('a fault in the program');
    sinon.stub(patient.lookup, 'ask').rejects(fault);
    const intent = await patient.bench.outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined });
    const asking = patient.bench.lookups.ask(patient.lookup, url, intent!, patient.bench.conversation());
    const thrown = await asking.catch((error: unknown) => error);
    expect(thrown).to.equal(fault);
    expect(intent?.state).to.equal('accepted');
  });
});
