import { expect } from 'chai';
import type { Answer } from '../../src/genesys/answer.js';
import { CredentialsRefused, NoAnswer, Refused, Withdrawn } from '../../src/genesys/errors.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import { jsonBody, RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { settled } from '../support/fake-clock.js';
import { answer, FakeExchange, limits, rejection } from './support/answers.js';
import { ground, type Ground } from './support/budgets.js';

describe('RestClient', () => {
  let base: Ground;
  let platform: FakeExchange;
  let tokens: number;
  let rest: RestClient;

  beforeEach(() => {
    base = ground({ perMinute: 100, reserve: 0 });
    tokens = 0;
    platform = new FakeExchange(() => answer(200, { good: true }));
    const login = new FakeExchange(() => {
      tokens += 1;
      return answer(200, { access_token: `token-${tokens}`, expires_in: 1_000 });
    });
    const token = new TokenSource({ ...base, exchange: login.exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
    rest = new RestClient({ budget: base.budget, token, exchange: platform.exchange, apiUrl: 'https://api.test', timeout: 4_321 });
  });

  const read = { method: 'GET', path: '/api/v2/x' } as const;

  it('calls the API host with a token, and returns whatever it answers', async () => {
    platform.reply = () => answer(409, { code: 'general.conflict' });
    expect(await rest.call({ ...read, method: 'PATCH', compose: () => jsonBody({ a: 1 }) })).to.include({ status: 409 });
    const [sent] = platform.sent;
    expect(sent?.request).to.deep.include({
      method: 'PATCH',
      url: 'https://api.test/api/v2/x',
      timeout: 4_321,
      headers: { authorization: 'Bearer token-1' },
    });
    expect(sent?.composed).to.deep.equal({ headers: { 'content-type': 'application/json' }, body: '{"a":1}' });
  });

  it('composes nothing by itself', async () => {
    await rest.call(read);
    expect(platform.sent[0]?.composed).to.deep.equal({});
  });

  describe('held by a 429 while its connection was being made', () => {
    /** The next request's connection stands only when another call has met a 429. */
    const throttledAtTheWire = (): void => {
      const { exchange } = platform;
      let first = true;
      const late = async (request: HttpRequest): Promise<Answer> => {
        if (first) base.budget.learn(429, { 'retry-after': '3' });
        first = false;
        return exchange(request);
      };
      const token = { current: 'token', get: () => Promise.resolve('token'), refused: () => undefined } as unknown as TokenSource;
      rest = new RestClient({ budget: base.budget, token, exchange: late, apiUrl: 'https://api.test', timeout: 1 });
    };

    it('is sent when the hold is over, and costs the budget once', async () => {
      throttledAtTheWire();
      const before = base.budget.remaining;
      const call = rest.call(read);
      await base.clock.advance(2_999);
      expect(platform.sent).to.be.empty;
      await base.clock.advance(1);
      expect((await call).status).to.equal(200);
      expect(before - base.budget.remaining).to.equal(1);
    });

    it('is withdrawn if it had leave of its own: whoever reserved it must think again', async () => {
      throttledAtTheWire();
      const [grant] = await rest.reserve(1);
      expect(await rejection(rest.call({ ...read, grant }))).to.be.instanceOf(Withdrawn);
      expect(platform.sent).to.be.empty;
    });
  });

  it('sends in the same turn if leave and token are at hand', async () => {
    await rest.call(read);
    const [grant] = await rest.reserve(1);
    const sent = platform.sent.length;
    void rest.call({ ...read, grant });
    expect(platform.sent).to.have.length(sent + 1);
    await settled();
  });

  describe('a 401', () => {
    it('renews the token once and tries once more, composing anew', async () => {
      platform.reply = ({ headers }) => answer(headers?.['authorization'] === 'Bearer token-2' ? 200 : 401);
      let composed = 0;
      const compose = (): { body: string } => ({ body: String(++composed) });
      expect(await rest.call({ ...read, method: 'PUT', compose })).to.include({ status: 200 });
      expect(tokens).to.equal(2);
      expect(platform.sent.map(({ composed: { body } }) => body)).to.deep.equal(['1', '2']);
    });

    it('is an answer the second time', async () => {
      platform.reply = () => answer(401);
      expect(await rest.call(read)).to.include({ status: 401 });
      expect(platform.sent).to.have.length(2);
      expect(tokens).to.equal(2);
    });

    it('met by many calls at once renews the token once for all', async () => {
      platform.reply = ({ headers }) => answer(headers?.['authorization'] === 'Bearer token-1' ? 401 : 200);
      const all = await Promise.all(Array.from({ length: 5 }, () => rest.call(read)));
      expect(all.map(({ status }) => status)).to.deep.equal(Array(5).fill(200));
      expect(tokens).to.equal(2);
    });

    it('uses up its leave; the second try takes one of its own', async () => {
      platform.reply = (_, count) => answer(count === 1 ? 401 : 200);
      await rest.call(read);
      const before = base.budget.remaining;
      const [grant] = await rest.reserve(1);
      platform.reply = (_, count) => answer(count === 3 ? 401 : 200);
      await rest.call({ ...read, grant });
      expect(before - base.budget.remaining, 'two calls and a token').to.equal(3);
    });
  });

  describe('expect', () => {
    it('returns a success', async () => {
      expect((await rest.expect(read)).body).to.deep.equal({ good: true });
    });

    it('throws what the platform refuses, with its verdict and its answer', async () => {
      platform.reply = () => answer(409, { code: 'missing.permissions' });
      const error = await rejection(rest.expect(read));
      expect(error).to.be.instanceOf(Refused).and.deep.include({ verdict: 'forbidden' });
      expect((error as Refused).message).to.match(/^GET \/api\/v2\/x: forbidden/);
      expect(JSON.stringify(error)).not.to.include('token-1');
    });
  });

  it('lets the budget learn from each answer', async () => {
    platform.reply = () => answer(429, undefined, { ...limits(101, 50, 30), 'retry-after': '30' });
    await rest.call(read);
    expect(base.budget.open).to.equal(false);
    expect(base.budget.remaining).to.equal(0);
  });

  describe('leave', () => {
    for (const [name, outcome, used] of [
      ['an answer', (): never => answer(200) as never, true],
      ['a refusal', (): never => answer(500) as never, true],
      [
        'no answer to what was sent',
        (): never => {
          throw new NoAnswer('x', 'y', true);
        },
        true,
      ],
      [
        'no connection',
        (): never => {
          throw new NoAnswer('x', 'y', false);
        },
        false,
      ],
      [
        'a withdrawal',
        (): never => {
          throw new Withdrawn();
        },
        false,
      ],
      [
        'a fault',
        (): never => {
          throw new Error('fault');
        },
        true,
      ],
    ] as const) {
      it(`is settled exactly once after ${name}, as ${used ? 'used' : 'not used'}`, async () => {
        platform.reply = outcome;
        const settlings: boolean[] = [];
        const grant = { settle: (settledAs: boolean): unknown => settlings.push(settledAs) };
        await rest.call({ ...read, grant }).catch(() => undefined);
        expect(settlings).to.deep.equal([used]);
      });
    }

    it('is given back when the request is taken back', async () => {
      await rest.call(read);
      const before = base.budget.remaining;
      expect(await rejection(rest.call({ ...read, compose: () => undefined }))).to.be.instanceOf(Withdrawn);
      expect(base.budget.remaining).to.equal(before);
    });

    it('is waited for, and may be urgent', async () => {
      await rest.call(read);
      base.budget.learn(200, { 'inin-ratelimit-allowed': '2' });
      let late = false;
      void rest.call(read).then(() => {
        late = true;
      });
      await settled();
      expect(late).to.equal(false);
      let urgent = false;
      void rest.call({ ...read, urgent: true }).then(() => {
        urgent = late ? urgent : true;
      });
      await base.clock.advance(60_000);
      expect([late, urgent]).to.deep.equal([true, true]);
    });

    it('may be reserved for several calls', async () => {
      expect(await rest.reserve(3)).to.have.length(3);
      expect(base.budget.remaining).to.equal(97);
    });

    it('is not taken when there is no token to be had', async () => {
      const login = new FakeExchange(() => answer(401));
      const token = new TokenSource({ ...base, exchange: login.exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
      const client = new RestClient({ budget: base.budget, token, exchange: platform.exchange, apiUrl: '', timeout: 1 });
      expect(await rejection(client.call(read))).to.be.instanceOf(CredentialsRefused);
      expect(platform.sent).to.be.empty;
      expect(base.budget.remaining, 'the token call alone').to.equal(99);
    });
  });
});
