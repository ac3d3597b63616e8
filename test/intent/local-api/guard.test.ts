import { once } from 'node:events';
import net from 'node:net';
import { expect } from 'chai';
import { Api, type Call } from '../support/api.js';

const good = { attributes: { tier: 'gold' } };

describe('the guard of the local API', () => {
  let api: Api;

  const open = async (options: ConstructorParameters<typeof Api>[0] = {}): Promise<string> => {
    api = await new Api(options).open();
    return new URL(`tcp://${api.address}`).port;
  };
  const get = (headers: Record<string, string>, path = '/intents/nobody'): Promise<number> =>
    api.call(path, { headers }).then(({ status }) => status);
  afterEach(() => api.close());

  describe('with a token', () => {
    const token = 'correct horse';

    it('lets in who has it', async () => {
      await open({ token });
      expect((await api.put(good, { headers: { authorization: `Bearer ${token}` } })).status).to.equal(202);
      expect(await get({ authorization: `Bearer ${token}` })).to.equal(404);
    });

    it('asks for the token that counts at the moment', async () => {
      await open({ token: 'old' });
      expect(await get({ authorization: 'Bearer old' })).to.equal(404);
      api.token = 'new';
      expect([await get({ authorization: 'Bearer old' }), await get({ authorization: 'Bearer new' })]).to.deep.equal([401, 404]);
      api.token = undefined;
      expect(await get({})).to.equal(404);
    });

    const wrong: Record<string, Record<string, string>> = {
      'no token': {},
      'a wrong token': { authorization: 'Bearer wrong' },
      'a wrong token of the same length': { authorization: 'Bearer correct hors3' },
      'the beginning of the token': { authorization: 'Bearer correct' },
      'more than the token': { authorization: 'Bearer correct horse battery' },
      'another scheme': { authorization: 'Basic correct horse' },
      'the token alone': { authorization: token },
      'an empty one': { authorization: '' },
    };
    for (const [what, headers] of Object.entries(wrong))
      it(`answers 401 to ${what}, and takes nothing in`, async () => {
        await open({ token });
        const { status, body, headers: answered } = await api.put(good, { headers });
        expect(status).to.equal(401);
        expect(answered['www-authenticate']).to.equal('Bearer');
        expect(body['remedy']).to.match(/http\.tokenFile/);
        expect(JSON.stringify(body)).not.to.contain(token);
        expect(api.sought).to.be.empty;
        expect(api.outbox.open()).to.be.empty;
      });

    it('leaves /healthz and /readyz open, with a query too', async () => {
      await open({ token });
      for (const path of ['/healthz', '/readyz', '/healthz?x=1']) expect(await get({}, path), path).to.equal(200);
    });

    it('opens nothing else that looks like them', async () => {
      await open({ token });
      const paths = [
        '/intents/nobody',
        '/healthz/',
        '/healthz/../intents/nobody',
        '/intents/nobody?/healthz',
        '/nothing',
        '/status',
        '//',
        '/page',
        '/page/',
      ];
      for (const path of paths) expect(await get({}, path), path).to.equal(401);
    });
  });

  it('lets everybody in where no token is set', async () => {
    await open();
    expect(await get({})).to.equal(404);
  });

  describe('and hosts', () => {
    for (const host of [
      'evil.example',
      'evil.example:8090',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      'localhost.',
      '[::2]',
      '10.0.0.1',
      '%',
    ])
      it(`answers 403 to the foreign host ${host}, as of a page whose name was rebound to this address`, async () => {
        await open();
        const calls: [string, Call][] = [
          ['/healthz', {}],
          ['/conversations/c1/participants/p1/attributes', { method: 'PUT', body: good }],
          ['/nothing', {}],
        ];
        for (const [path, call] of calls) {
          const { status, body } = await api.call(path, { ...call, headers: { host } });
          expect(status, path).to.equal(403);
          expect(body['message']).to.equal('this host name is not served here');
        }
        expect(api.outbox.open()).to.be.empty;
      });

    it('lets in its own names, with any port and in any case', async () => {
      const port = await open();
      for (const host of [`127.0.0.1:${port}`, '127.0.0.1', `localhost:${port}`, 'LOCALHOST', '[::1]:80'])
        expect(await get({ host }), host).to.equal(404);
    });

    it('lets in the name that it was configured with', async () => {
      await open({ configured: 'attributed.internal:8090' });
      expect(await get({ host: 'attributed.internal:8090' })).to.equal(404);
      expect(await get({ host: 'internal:8090' })).to.equal(403);
    });

    for (const configured of ['0.0.0.0:8090', '[::]:8090'])
      it(`cannot know its names on ${configured}, and leaves it to the token`, async () => {
        await open({ configured, token: 't' });
        expect(await get({ host: 'vm-1.example', authorization: 'Bearer t' })).to.equal(404);
        expect(await get({ host: 'vm-1.example' })).to.equal(401);
      });

    it('answers 403 where there is no host at all', async () => {
      const port = await open();
      const socket = net.connect(Number(port), '127.0.0.1');
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      socket.end('GET /healthz HTTP/1.0\r\n\r\n');
      await once(socket, 'close');
      expect(received).to.match(/^HTTP\/1\.1 403 /);
    });

    it('refuses to guard an address that is none', () => {
      expect(() => new Api({ configured: '127.0.0.1:99999' })).to.throw('Invalid URL');
    });
  });

  describe('and origins', () => {
    for (const origin of [
      'http://evil.example',
      'null',
      '',
      'file://',
      'http://localhost',
      'http://127.0.0.1:1',
      'http://user@evil.example',
    ])
      it(`answers 403 to a request of the page at "${origin}"`, async () => {
        await open();
        const { status, body } = await api.put(good, { headers: { origin } });
        expect(status).to.equal(403);
        expect(body['message']).to.equal('requests of other origins are refused');
        expect(api.outbox.open()).to.be.empty;
      });

    it('checks the origin before the token, and on open paths too', async () => {
      await open({ token: 't' });
      expect(await get({ origin: 'http://evil.example', authorization: 'Bearer t' })).to.equal(403);
      expect(await get({ origin: 'http://evil.example' }, '/healthz')).to.equal(403);
    });

    it('lets its own page in', async () => {
      const port = await open();
      expect(await get({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).to.equal(404);
    });

    it('never allows another origin to read an answer', async () => {
      await open();
      const preflight = await api.call('/intents/nobody', {
        method: 'OPTIONS',
        headers: { origin: 'http://evil.example', 'access-control-request-method': 'PUT' },
      });
      expect(preflight.status).to.equal(403);
      expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).to.be.empty;
    });
  });
});
