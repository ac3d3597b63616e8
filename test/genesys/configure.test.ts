import { expect } from 'chai';
import { deferred } from '../../src/base/deferred.js';
import type { Answer } from '../../src/genesys/answer.js';
import { RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { settled } from '../support/fake-clock.js';
import { answer, FakeExchange, limits } from './support/answers.js';
import { asker, ground, spend } from './support/budgets.js';

const granted = (value: string): Answer => answer(200, { access_token: value, expires_in: 1_000 });

describe('a budget that is configured anew', () => {
  it('has so many calls a minute from now on, and serves who waits for them', async () => {
    const { budget } = ground({ perMinute: 2, reserve: 0 });
    const { order, ask } = asker(budget);
    await spend(budget, 2);
    for (const name of ['a', 'b']) void ask(name);
    await settled();
    expect(order).to.be.empty;
    budget.configure({ perMinute: 4, reserve: 0 });
    await settled();
    expect(order).to.deep.equal(['a', 'b']);
    budget.configure({ perMinute: 3, reserve: 0 });
    expect(budget.remaining).to.equal(0);
  });

  it('goes on by the limit that the answers told, and takes the reserve over', async () => {
    const { budget } = ground({ perMinute: 300, reserve: 0 });
    budget.learn(200, limits(0, 10, 60));
    budget.configure({ perMinute: 500, reserve: 0.5 });
    expect(budget.remaining).to.equal(10);
    await spend(budget, 5);
    expect(budget.open).to.equal(false);
    budget.configure({ perMinute: 500, reserve: 0.2 });
    expect(budget.open).to.equal(true);
  });
});

describe('a token source that is configured anew', () => {
  const setUp = (): { token: TokenSource; login: FakeExchange } => {
    const base = ground();
    const login = new FakeExchange((_, count) => granted(`token-${count}`));
    const token = new TokenSource({
      ...base,
      exchange: login.exchange,
      loginUrl: 'http://old',
      clientId: 'old',
      clientSecret: () => 'secret',
      timeout: 1,
    });
    return { token, login };
  };
  const next = { loginUrl: 'http://new', clientId: 'new', timeout: 2 };

  it('keeps its token, and asks by the new settings once that is forgotten', async () => {
    const { token, login } = setUp();
    await token.get();
    token.configure(next);
    expect(await token.get()).to.equal('token-1');
    token.forget();
    expect(token.current).to.equal(undefined);
    expect(await token.get()).to.equal('token-2');
    const { request } = login.sent[1]!;
    expect(request).to.include({ url: 'http://new/oauth/token', timeout: 2 });
    expect(request.headers?.['authorization']).to.equal(`Basic ${Buffer.from('new:secret').toString('base64')}`);
  });

  it('does not keep a token that was being fetched when it was told to forget', async () => {
    const { token, login } = setUp();
    const old = deferred<Answer>();
    login.reply = (_, count) => (count === 1 ? old.promise : granted('new'));
    const waiting = token.get();
    await settled();
    token.configure(next);
    token.forget();
    const fresh = token.get();
    old.resolve(granted('old'));
    expect(await waiting).to.equal('old');
    expect(await fresh).to.equal('new');
    expect(token.current).to.equal('new');
    expect(login.sent).to.have.length(2);
  });
});

describe('a REST client that is configured anew', () => {
  it('calls the new host with the new timeout', async () => {
    const base = ground();
    const login = new FakeExchange(() => granted('t'));
    const platform = new FakeExchange(() => answer(200));
    const token = new TokenSource({ ...base, exchange: login.exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
    const rest = new RestClient({ budget: base.budget, token, exchange: platform.exchange, apiUrl: 'http://old', timeout: 1 });
    rest.configure({ apiUrl: 'http://new', timeout: 2 });
    await rest.call({ method: 'GET', path: '/api/v2/x' });
    expect(platform.sent[0]?.request).to.include({ url: 'http://new/api/v2/x', timeout: 2 });
  });
});
