import { request } from 'node:http';
import { expect } from 'chai';
import type { Faults } from '../../../src/simulator/platform/faults.js';
import { eventually } from '../../support/eventually.js';
import { openSimulator, queuedCall } from '../../support/house.js';
import { settled } from '../../support/fake-clock.js';
import { basic, Org } from '../org.js';

const shape = ['message', 'code', 'status', 'messageWithParams', 'messageParams', 'contextId', 'details', 'errors'];

describe("the API's frame in the simulator", () => {
  it('answers errors in the shape of the platform, with the correlation id also as a header', async () => {
    const { status, headers, body } = await new Org().request('GET', '/api/v2/nothing');
    expect(status).to.equal(404);
    expect(body).to.have.all.keys(shape);
    expect(body).to.include({ code: 'not.found', status: 404 });
    expect(headers['inin-correlation-id']).to.be.a('string').that.is.not.empty;
    expect(body).to.have.property('contextId', headers['inin-correlation-id']);
  });

  it('answers 401 without a token, and with a wrong one', async () => {
    const org = new Org();
    const without = await org.api.inject({ method: 'GET', url: '/api/v2/conversations' });
    expect(without.statusCode).to.equal(401);
    expect(without.json()).to.include({ code: 'authentication.required', status: 401 });
    const wrong = await org.request('GET', '/api/v2/conversations', undefined, { authorization: 'Bearer x' });
    expect(wrong.status).to.equal(401);
    expect(wrong.body).to.have.all.keys(shape).and.to.include({ code: 'bad.credentials', status: 401 });
  });

  it('takes a token back that its owner gives back', async () => {
    const org = new Org();
    expect((await org.request('DELETE', '/api/v2/tokens/me')).status).to.equal(200);
    expect((await org.request('GET', '/api/v2/conversations')).status).to.equal(401);
  });

  it('answers 413, 415 and 400 to bodies that it does not take', async () => {
    const org = new Org();
    const call = org.call();
    const path = `/api/v2/conversations/${call.id}/participants/${call.conversation!.participants[0]!.id}/attributes`;
    const frame = JSON.stringify({ attributes: { a: '' } }).length;
    const exact = await org.request('PATCH', path, { attributes: { a: 'x'.repeat(512_000 - frame) } });
    expect(exact.status).to.equal(202);
    const large = await org.request('PATCH', path, { attributes: { a: 'x'.repeat(512_001 - frame) } });
    expect(large.status).to.equal(413);
    expect(large.body).to.include({ code: 'request.entity.too.large', status: 413 });
    const typed = await org.request('PATCH', path, '<a/>', { 'content-type': 'application/xml' });
    expect(typed.status).to.equal(415);
    expect(typed.body).to.have.property('code', 'unsupported.media.type');
    const broken = await org.request('PATCH', path, '{"attributes":', { 'content-type': 'application/json' });
    expect(broken.status).to.equal(400);
    expect(broken.body).to.include({ code: 'invalid.json', status: 400 });
    await org.clock.advance(1_000);
  });

  it('answers other faults of the frame below in the same shape', async () => {
    const org = new Org();
    org.api.get('/api/v2/broken', () => {
      throw new Error('nobody thought of this');
    });
    org.api.get('/api/v2/refused', () => {
      throw Object.assign(new Error('no such media'), { statusCode: 406 });
    });
    org.api.get('/api/v2/odd', () => {
      throw Object.assign(new Error(), { message: undefined });
    });
    expect((await org.request('GET', '/api/v2/broken')).body).to.include({ code: 'internal.server.error', status: 500 });
    expect((await org.request('GET', '/api/v2/refused')).body).to.include({ code: 'bad.request', status: 400 });
    expect((await org.request('GET', '/api/v2/odd')).status).to.equal(500);
  });

  it('counts requests by method and route', async () => {
    const org = new Org();
    const call = org.call();
    await org.request('GET', `/api/v2/conversations/voice/${call.id}`);
    await org.request('GET', '/api/v2/conversations/voice/none');
    await org.request('GET', '/api/v2/nothing');
    expect([...org.ledger.requests]).to.deep.equal([
      ['GET /api/v2/conversations/voice/:cid', 2],
      ['GET /api/v2/nothing', 1],
    ]);
  });

  const refusals: [Faults['refuse'][number]['status'], string][] = [
    [401, 'bad.credentials'],
    [403, 'missing.permissions'],
    [404, 'not.found'],
    [429, 'too.many.requests.retry.after'],
    [500, 'internal.server.error'],
    [503, 'service.unavailable'],
  ];
  for (const [status, code] of refusals) {
    it(`can be switched to answer ${status}, and does not carry the request out then`, async () => {
      const org = new Org();
      const call = org.call();
      const path = `/api/v2/conversations/voice/${call.id}/participants/${call.conversation!.participants[0]!.id}`;
      org.faults.refuse = [
        { status: 500, share: 0 },
        { status, share: 1 },
      ];
      const refused = await org.request('PATCH', path, { attributes: { a: '1' } }, { 'if-match': '*' });
      expect(refused.status).to.equal(status);
      expect(refused.body).to.have.all.keys(shape).and.to.include({ code, status });
      expect(refused.headers['retry-after']).to.equal(status === 429 ? '1' : undefined);
      expect(org.ledger.writes).to.be.empty;
      org.faults.refuse = [];
      expect((await org.request('PATCH', path, { attributes: { a: '1' } }, { 'if-match': '*' })).status).to.equal(200);
    });
  }

  it('does not refuse logins by that switch', async () => {
    const org = new Org();
    org.faults.refuse = [{ status: 503, share: 1 }];
    const headers = { authorization: basic('app', 'se:cret'), 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      (await org.api.inject({ method: 'POST', url: '/oauth/token', headers, payload: 'grant_type=client_credentials' })).statusCode,
    ).to.equal(200);
  });

  it('takes its time on the way up and on the way down', async () => {
    const org = new Org();
    const call = org.call();
    const customer = call.conversation!.participants[0]!;
    Object.assign(org.faults, { latencyUp: [100, 100], latencyDown: [50, 50] });
    let answered = false;
    const write = org
      .request(
        'PATCH',
        `/api/v2/conversations/voice/${call.id}/participants/${customer.id}`,
        { attributes: { a: '1' } },
        { 'if-match': '*' },
      )
      .then(() => (answered = true));
    await arrives(org, 1);
    await org.clock.advance(99);
    expect(customer.attributes).to.deep.equal({});
    await org.clock.advance(1);
    await arrives(org, 1);
    expect(customer.attributes).to.deep.equal({ a: '1' });
    await org.clock.advance(49);
    expect(answered).to.be.false;
    await org.clock.advance(1);
    await write;
  });

  it('can carry a request out and never answer it', async () => {
    const simulator = await openSimulator();
    try {
      const call = queuedCall(simulator);
      const granted = simulator.oauth.grant(basic(simulator.client.id, simulator.client.secret), 'client_credentials');
      if (!('token' in granted)) throw new Error('the login was refused');
      const customer = call.conversation!.participants[0]!;
      simulator.faults.unanswered = 1;
      const outcome = await new Promise((resolve) => {
        const headers = { authorization: `Bearer ${granted.token.value}`, 'if-match': '*', 'content-type': 'application/json' };
        request(`${simulator.url}/api/v2/conversations/voice/${call.id}/participants/${customer.id}`, {
          method: 'PATCH',
          headers,
          agent: false,
        })
          .on('response', () => {
            resolve('answered');
          })
          .on('error', ({ message }) => {
            resolve(message);
          })
          .end('{"attributes":{"a":"1"}}');
      });
      expect(outcome).to.equal('socket hang up');
      expect(customer.attributes).to.deep.equal({ a: '1' });
    } finally {
      await simulator.close();
      await eventually('its connections have ended', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
    }
  });
});

/** Waits until a request stands in a latency: so many timers are set. */
async function arrives(org: Org, timers: number): Promise<void> {
  for (let turn = 0; turn < 1_000 && org.clock.timers < timers; turn += 1) await settled();
}
