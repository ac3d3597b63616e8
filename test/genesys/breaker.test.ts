import { expect } from 'chai';
import type { Answer } from '../../src/genesys/answer.js';
import { Breaker } from '../../src/genesys/breaker.js';
import { NoAnswer, Withdrawn } from '../../src/genesys/errors.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';
import { answer, rejection } from './support/answers.js';

const refused = new NoAnswer('GET /x', 'connect ECONNREFUSED', false);
const lost = new NoAnswer('GET /x', 'socket hang up', true);

const to = (url: string): HttpRequest => ({ method: 'GET', url, timeout: 1_000 });
const request = to('https://api.test/api/v2/x');

/** A call that has reached the network and waits for what the test does with it. */
interface Flight {
  request: HttpRequest;
  ends(how: number | Error): Promise<void>;
}

describe('Breaker', () => {
  let clock: FakeClock;
  let log: RecordingLog;
  let breaker: Breaker;
  let guarded: (request: HttpRequest) => Promise<Answer>;
  /** Calls that reached the network. */
  let reached: number;
  /** What becomes of them; undefined leaves them in the air. */
  let fate: number | Error | undefined;
  let flights: Flight[];
  let recoveries: number;

  beforeEach(() => {
    clock = new FakeClock();
    log = new RecordingLog();
    breaker = new Breaker({ clock, log });
    reached = 0;
    fate = refused;
    flights = [];
    recoveries = 0;
    breaker.recovered.subscribe(() => (recoveries += 1));
    guarded = breaker.guard((sent) => {
      reached += 1;
      if (typeof fate === 'number') return Promise.resolve(answer(fate));
      if (fate !== undefined) return Promise.reject(fate);
      return new Promise((resolve, reject) => {
        flights.push({
          request: sent,
          ends: (how) => {
            if (typeof how === 'number') resolve(answer(how));
            else reject(how);
            return clock.advance(0);
          },
        });
      });
    });
  });

  const call = (sent = request): Promise<unknown> => guarded(sent).catch((error: unknown) => error);

  async function times(count: number, sent = request): Promise<void> {
    for (let made = 0; made < count; made += 1) await call(sent);
  }

  /** One call that stays in the air. */
  function inTheAir(sent = request): Flight {
    fate = undefined;
    void call(sent);
    const flight = flights.at(-1);
    if (flight === undefined) throw new Error('it did not reach the network');
    return flight;
  }

  it('hands through what a closed one is given, both ways', async () => {
    fate = 204;
    expect(await guarded(request)).to.include({ status: 204 });
    fate = lost;
    expect(await rejection(guarded(request))).to.equal(lost);
    fate = refused;
    expect(await rejection(guarded(request))).to.equal(refused);
    expect(log.lines).to.be.empty;
  });

  it('opens after five failures in a row, and then fails at once without touching the network, saying for how long', async () => {
    await times(4);
    expect(breaker.open).to.equal(false);
    await times(1);
    expect(breaker.open).to.equal(true);
    await clock.advance(500);
    const error = await rejection(
      guarded({ ...to('https://api.test/api/v2/notifications/channels/hush/subscriptions?a=b'), method: 'PUT' }),
    );
    expect(error).to.be.instanceOf(NoAnswer).and.include({ sent: false, retry: 'after' });
    expect((error as NoAnswer).message).to.equal(
      'PUT /api/v2/notifications/channels/…/subscriptions: no answer, api.test could not be reached, the breaker is open for 1500 ms more; it was not sent',
    );
    expect(reached).to.equal(5);
    expect(log.lines).to.deep.equal([
      {
        level: 'warn',
        event: 'breaker.opened',
        message: 'the host cannot be reached: calls fail at once, but for a probe now and then',
        fields: { host: 'api.test', failures: 5, forMs: 2_000, error: refused.message },
      },
    ]);
  });

  for (const [name, between] of [
    ['an answer', 200],
    ['a 500', 500],
    ['a 429', 429],
    ['an answer that was lost', lost],
  ] as const) {
    it(`begins to count anew after ${name}`, async () => {
      await times(4);
      fate = between;
      await times(1);
      fate = refused;
      await times(4);
      expect(breaker.open).to.equal(false);
      await times(1);
      expect(breaker.open).to.equal(true);
    });
  }

  it('is not opened by a host that answers nothing but 500, nor by answers that are lost', async () => {
    fate = 500;
    await times(20);
    fate = lost;
    await times(20);
    expect([breaker.open, reached]).to.deep.equal([false, 40]);
  });

  it('learns nothing from a request that was taken back', async () => {
    await times(4);
    fate = new Withdrawn();
    await times(10);
    expect(breaker.open).to.equal(false);
    fate = refused;
    await times(1);
    expect(breaker.open).to.equal(true);
  });

  it('does not blame the host for what could not be written to its connection', async () => {
    const poisoned = breaker.guard(({ compose }) => {
      compose?.();
      return Promise.reject(refused);
    });
    for (let made = 0; made < 20; made += 1) await rejection(poisoned({ ...request, compose: () => ({ headers: { 'if-match': '\n' } }) }));
    expect(breaker.open).to.equal(false);
  });

  it('counts a request that never came to be composed, and composes as it was told to', async () => {
    fate = undefined;
    const flight = inTheAir({ ...request, compose: () => ({ body: 'late' }) });
    expect(flight.request.compose?.()).to.deep.equal({ body: 'late' });
    await flight.ends(200);
    for (let made = 0; made < 5; made += 1) await inTheAir({ ...request, compose: () => ({}) }).ends(refused);
    expect(breaker.open).to.equal(true);
  });

  it('keeps hosts apart', async () => {
    await times(5);
    fate = 200;
    expect(await call(to('https://login.test/oauth/token'))).to.include({ status: 200 });
    expect(await call(to('https://api.test:8443/x'))).to.include({ status: 200 });
    expect(await call()).to.be.instanceOf(NoAnswer);
    expect(breaker.open).to.equal(true);
  });

  describe('after its pause', () => {
    beforeEach(async () => {
      await times(5);
      reached = 0;
      await clock.advance(2_000);
    });

    it('lets one call through and fails the others until that is known', async () => {
      const probe = inTheAir();
      const error = await rejection(guarded(request));
      expect((error as NoAnswer).message).to.contain('the breaker is open until a probe that is under way succeeds; it was not sent');
      expect([breaker.open, reached]).to.deep.equal([true, 1]);
      await probe.ends(503);
      expect(breaker.open).to.equal(false);
      fate = 200;
      await times(3);
      expect(reached).to.equal(4);
    });

    it('closes if the probe succeeds, and tells how long it was open', async () => {
      await clock.advance(345);
      fate = 200;
      await times(1);
      expect(log.of('breaker.closed')).to.deep.equal([{ host: 'api.test', openMs: 2_345 }]);
      expect(recoveries).to.equal(1);
    });

    it('closes if the probe reached the host, although its answer was lost', async () => {
      fate = lost;
      await times(1);
      expect([breaker.open, recoveries]).to.deep.equal([false, 1]);
    });

    it('opens again if the probe fails, for 4, 8, and then always 10 s, and tells of the outage once', async () => {
      fate = refused;
      for (const pause of [4_000, 8_000, 10_000, 10_000]) {
        reached = 0;
        await times(2);
        await clock.advance(pause - 1);
        await times(1);
        expect(reached, `before ${pause} ms`).to.equal(1);
        await clock.advance(1);
      }
      fate = 200;
      await times(1);
      expect(log.lines.map(({ event }) => event)).to.deep.equal(['breaker.opened', 'breaker.closed']);
      expect(log.of('breaker.closed')[0]).to.include({ openMs: 34_000 });
    });

    it('begins with a short pause again in the next outage', async () => {
      await times(1);
      await clock.advance(4_000);
      fate = 200;
      await times(1);
      fate = refused;
      await times(5);
      await clock.advance(2_000);
      fate = 200;
      await times(1);
      expect(breaker.open).to.equal(false);
      expect(log.of('breaker.opened')).to.have.length(2);
    });

    for (const [name, error] of [
      ['is taken back', new Withdrawn()],
      ['meets a fault of this program', new Error('fault')],
    ] as const) {
      it(`makes the next call the probe if the first ${name}`, async () => {
        await inTheAir().ends(error);
        expect([breaker.open, recoveries]).to.deep.equal([true, 0]);
        fate = 200;
        await times(1);
        expect([breaker.open, recoveries, reached]).to.deep.equal([false, 1, 2]);
      });
    }
  });

  describe('older calls that end late', () => {
    it('do not lengthen the pause when they fail too', async () => {
      const older = [inTheAir(), inTheAir()];
      fate = refused;
      await times(5);
      await older[0]?.ends(refused);
      await clock.advance(2_000);
      const probe = inTheAir();
      await older[1]?.ends(refused);
      await probe.ends(200);
      expect(breaker.open).to.equal(false);
      expect(log.of('breaker.opened')).to.have.length(1);
    });

    it('close it with an answer, but not without one', async () => {
      const older = [inTheAir(), inTheAir(), inTheAir()];
      fate = refused;
      await times(5);
      await older[0]?.ends(lost);
      expect(breaker.open).to.equal(true);
      await clock.advance(2_000);
      const probe = inTheAir();
      await older[1]?.ends(new Withdrawn());
      expect(await call(), 'the probe is still the one').to.be.instanceOf(NoAnswer);
      await older[2]?.ends(200);
      expect([breaker.open, recoveries]).to.deep.equal([false, 1]);
      await probe.ends(200);
      expect(recoveries).to.equal(1);
    });

    it('do not open it again when connections time out that hung since before the last success', async () => {
      const hung = Array.from({ length: 10 }, () => inTheAir());
      fate = refused;
      await times(5);
      await clock.advance(2_000);
      fate = 200;
      await times(1);
      for (const flight of hung) await flight.ends(refused);
      expect(breaker.open).to.equal(false);
      fate = refused;
      await times(5);
      expect(breaker.open).to.equal(true);
    });
  });
});
