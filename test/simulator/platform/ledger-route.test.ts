import { expect } from 'chai';
import { ledgerRoute } from '../../../src/simulator/platform/ledger-route.js';
import { Org } from '../org.js';

describe('the ledger, asked over HTTP', () => {
  it('tells calls, attributes, writes of each client and those that met, without a token', async () => {
    const org = new Org();
    ledgerRoute(org.api, org);
    const [call, other] = [org.call(), org.call('billing', 8)];
    other.perform({ do: 'hang-up' });
    const customer = call.conversation!.participants[0]!;
    const path = `/api/v2/conversations/voice/${call.id}/participants/${customer.id}`;
    for (const etag of ['"2"', '"2"']) await org.request('PATCH', path, { attributes: { tier: 'gold' } }, { 'if-match': etag });
    const flight = { client: 'app', token: org.token.digest };
    for (let write = 0; write < 2; write += 1) org.ledger.flights.judged(['c/p'], flight, 0);
    const { body } = await org.request('GET', '/ledger', undefined, { authorization: '' });
    expect(body).to.deep.equal({
      conversations: { seen: 2, live: 1 },
      attributes: { tier: 1 },
      writes: { app: { 200: 1, 409: 1 } },
      overlaps: { count: 1, newest: [{ resource: 'c/p', first: { ...flight, arrivedAt: 0 }, second: { ...flight, arrivedAt: 0 } }] },
    });
  });
});
