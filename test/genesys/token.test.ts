import { expect } from 'chai';
import { CredentialsRefused, NoAnswer, Refused } from '../../src/genesys/errors.js';
import { TokenSource } from '../../src/genesys/token.js';
import { settled } from '../support/fake-clock.js';
import { answer, FakeExchange, rejection } from './support/answers.js';
import { ground, type Ground } from './support/budgets.js';

const granted = (name: string, seconds = 100): ReturnType<typeof answer> =>
  answer(200, { access_token: name, token_type: 'bearer', expires_in: seconds });

describe('TokenSource', () => {
  let base: Ground;
  let login: FakeExchange;
  let secrets: string[];
  let token: TokenSource;

  beforeEach(() => {
    base = ground();
    login = new FakeExchange((_, count) => granted(`token-${count}`));
    secrets = [];
    token = new TokenSource({
      ...base,
      exchange: login.exchange,
      loginUrl: 'https://login.test',
      clientId: 'id',
      clientSecret: () => secrets.shift() ?? 'secret',
      timeout: 1_234,
    });
  });

  it('asks for the client credentials grant as the platform wants it', async () => {
    expect(token.current).to.equal(undefined);
    expect(await token.get()).to.equal('token-1');
    expect(token.current).to.equal('token-1');
    const [{ request, composed } = { request: undefined, composed: undefined }] = login.sent;
    expect(request).to.deep.include({ method: 'POST', url: 'https://login.test/oauth/token', timeout: 1_234 });
    expect(request?.headers).to.deep.equal({
      authorization: `Basic ${Buffer.from('id:secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(composed).to.deep.equal({ body: 'grant_type=client_credentials' });
    expect(base.log.of('auth.token')).to.deep.equal([{ expiresInSeconds: 100, correlationId: undefined }]);
    expect(base.log.text).not.to.match(/token-1|secret/);
  });

  it('makes one call, however many ask while it is under way', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => token.get()));
    expect(new Set(all)).to.deep.equal(new Set(['token-1']));
    expect(login.sent).to.have.length(1);
  });

  it('fails all that wait for it together, and the next one tries anew', async () => {
    login.reply = (_, count) => (count === 1 ? answer(500) : granted('good'));
    const [a, b] = [rejection(token.get()), rejection(token.get())];
    expect([await a, await b].every((error) => error instanceof Refused)).to.equal(true);
    expect(login.sent).to.have.length(1);
    expect(await token.get()).to.equal('good');
  });

  it('is renewed in the background at four fifths of its life, and the old one serves on meanwhile', async () => {
    await token.get();
    await base.clock.advance(79_999);
    expect(token.current).to.equal('token-1');
    await base.clock.advance(1);
    expect(token.current, 'due for renewal').to.equal(undefined);
    let release: () => void = () => undefined;
    login.reply = () =>
      new Promise((resolve) => {
        release = (): void => {
          resolve(granted('token-2'));
        };
      });
    expect(await token.get()).to.equal('token-1');
    expect(await token.get()).to.equal('token-1');
    expect(login.sent).to.have.length(2);
    release();
    await settled();
    expect(token.current).to.equal('token-2');
    expect(await token.get()).to.equal('token-2');
    expect(login.sent).to.have.length(2);
  });

  it('serves on while its renewal fails, and tries again when half of what is left is over', async () => {
    await token.get();
    login.reply = () => answer(500);
    await base.clock.advance(80_000);
    for (let call = 0; call < 3; call += 1) {
      expect(await token.get()).to.equal('token-1');
      await settled();
    }
    expect(login.sent).to.have.length(2);
    login.reply = () => granted('renewed');
    await base.clock.advance(10_000);
    expect(await token.get()).to.equal('token-1');
    await settled();
    expect(login.sent).to.have.length(3);
    expect(token.current).to.equal('renewed');
  });

  it('is not handed out once it has expired: callers wait for a new one', async () => {
    await token.get();
    await base.clock.advance(100_000);
    expect(token.current).to.equal(undefined);
    expect(await token.get()).to.equal('token-2');
  });

  it('counts its life from when it was asked for, not from when it came', async () => {
    login.reply = (_, count) =>
      new Promise((resolve) => {
        base.clock.after(30_000, () => {
          resolve(granted(`token-${count}`));
        });
      });
    const first = token.get();
    await base.clock.advance(30_000);
    expect(await first).to.equal('token-1');
    await base.clock.advance(50_000);
    expect(token.current, 'four fifths are over').to.equal(undefined);
    await base.clock.advance(20_000);
    const second = token.get();
    await base.clock.advance(30_000);
    expect(await second, 'expired').to.equal('token-2');
  });

  it('may live for a second only', async () => {
    login.reply = (_, count) => granted(`token-${count}`, 1);
    expect(await token.get()).to.equal('token-1');
    await base.clock.advance(799);
    expect(token.current).to.equal('token-1');
    await base.clock.advance(201);
    expect(await token.get()).to.equal('token-2');
    login.reply = (_, count) => granted(`token-${count}`, 0.001);
    await base.clock.advance(1_000);
    expect(await token.get(), 'even one that is worthless at once').to.equal('token-3');
  });

  it('is not handed out again once the platform refused it', async () => {
    await token.get();
    token.refused('another');
    expect(token.current).to.equal('token-1');
    token.refused('token-1');
    expect(token.current).to.equal(undefined);
    expect(await token.get()).to.equal('token-2');
    token.refused('token-1');
    expect(token.current, 'a late refusal of the old one').to.equal('token-2');
  });

  it('asks for the secret at each renewal', async () => {
    secrets = ['old', 'new'];
    await token.get();
    token.refused('token-1');
    await token.get();
    const sent = login.sent.map(({ request }) => Buffer.from(request.headers?.['authorization']?.slice(6) ?? '', 'base64').toString());
    expect(sent).to.deep.equal(['id:old', 'id:new']);
  });

  for (const status of [400, 401, 403]) {
    it(`takes status ${status} for a refusal of the OAuth client, and tells what to check`, async () => {
      login.reply = () => ({ ...answer(status, { error: 'invalid_client' }), code: 'invalid_client', correlationId: 'trace' });
      const error = await rejection(token.get());
      expect(error).to.be.instanceOf(CredentialsRefused);
      expect(base.log.of('auth.refused')).to.deep.equal([{ status, code: 'invalid_client', correlationId: 'trace' }]);
      expect(base.log.lines[0]).to.include({ level: 'error' });
      expect(JSON.stringify(error) + base.log.text).not.to.include('secret"');
      expect(token.refusedLast).to.equal(true);
      login.reply = () => granted('good');
      await token.get();
      expect(token.refusedLast).to.equal(false);
    });
  }

  for (const [name, status, body] of [
    ['a fault of the server', 503, '<html>'],
    ['a throttled call', 429, {}],
    ['a redirect', 302, undefined],
    ['no token', 200, { expires_in: 100 }],
    ['an empty token', 200, { access_token: '', expires_in: 100 }],
    ['a life that is no number', 200, { access_token: 'hush', expires_in: '100' }],
    ['no life', 200, { access_token: 'hush', expires_in: 0 }],
    ['a token under another status', 201, { access_token: 'hush', expires_in: 100 }],
  ] as const) {
    it(`takes ${name} for trouble that may pass, and keeps no token in the error`, async () => {
      login.reply = () => answer(status, body);
      const error = await rejection(token.get());
      expect(error).to.be.instanceOf(Refused);
      expect(JSON.stringify(error)).not.to.include('hush');
      expect(base.log.of('auth.refused')).to.be.empty;
      expect(token.current).to.equal(undefined);
    });
  }

  describe('and the budget', () => {
    it('takes an urgent call for each renewal, and learns from its answer', async () => {
      const small = ground({ perMinute: 2, reserve: 0.5 });
      for (const grant of await small.budget.grant()) grant.settle(true);
      const source = new TokenSource({
        ...small,
        exchange: () => Promise.resolve({ ...granted('t'), headers: { 'inin-ratelimit-allowed': '50' } }),
        loginUrl: '',
        clientId: '',
        clientSecret: () => '',
        timeout: 1,
      });
      expect(await source.get()).to.equal('t');
      expect(small.budget.remaining).to.equal(48);
    });

    it('is held by a 429 of the login host', async () => {
      login.reply = () => answer(429, undefined, { 'retry-after': '7' });
      await rejection(token.get());
      expect(base.budget.open).to.equal(false);
    });

    for (const [name, sent, used] of [
      ['takes its leave back when the request was not sent', false, 0],
      ['spends its leave when the request was sent and not answered', true, 1],
    ] as const) {
      it(name, async () => {
        const before = base.budget.remaining;
        login.reply = () => {
          throw new NoAnswer('POST /oauth/token', 'because', sent);
        };
        await rejection(token.get());
        expect(before - base.budget.remaining).to.equal(used);
      });
    }

    it('loses nothing when the secret cannot be read', async () => {
      const source = new TokenSource({
        ...base,
        exchange: login.exchange,
        loginUrl: '',
        clientId: '',
        clientSecret: () => {
          throw new Error('ENOENT');
        },
        timeout: 1,
      });
      for (let time = 0; time < 5; time += 1) expect(String(await rejection(source.get()))).to.include('ENOENT');
      await base.clock.advance(60_000);
      expect(base.budget.remaining).to.equal(300);
    });

    it('settles its call when there is no answer', async () => {
      login.reply = () => {
        throw new NoAnswer('x', 'y', true);
      };
      await rejection(token.get());
      expect(base.budget.remaining).to.equal(299);
      await base.clock.advance(60_000);
      expect(base.budget.remaining).to.equal(300);
    });
  });
});
