import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.js';
import { Flights } from '../../../src/simulator/platform/flights.js';
import { eventually } from '../../support/eventually.js';
import { FakeClock } from '../../support/fake-clock.js';
import { customerAttributes, openSimulator, queuedCall } from '../../support/house.js';
import { basic, Org } from '../org.js';

const a = { client: 'a', token: '1' };
const b = { client: 'b', token: '2' };

/** Lets time pass until so many writes have been judged. */
const judged = (org: Org, writes: number): Promise<void> =>
  eventually(`${writes} writes are judged`, async () => {
    if (org.ledger.writes.length < writes) await org.clock.advance(1);
    return org.ledger.writes.length >= writes;
  });

describe('the flights of writes', () => {
  it('meet where one of a resource comes in while the server has another, whoever sent them', async () => {
    const clock = new FakeClock();
    const flights = new Flights(clock);
    const first = flights.judged(['c/p'], a, 0);
    first.status = 200;
    flights.judged(['c/q'], b, 0);
    expect(flights.overlaps).to.be.empty;
    await clock.advance(5);
    const second = flights.judged(['c/p'], b, 5);
    flights.answered(first);
    expect(flights.overlaps).to.deep.equal([{ resource: 'c/p', first: { ...a, arrivedAt: 0, answeredAt: 5, status: 200 }, second }]);
    await clock.advance(5);
    flights.answered(second);
    flights.judged(['c/p'], a, 10);
    expect(flights.overlaps).to.have.length(1);
  });

  it('meet also where the one that came in first was judged last', async () => {
    const clock = new FakeClock();
    const flights = new Flights(clock);
    await clock.advance(5);
    const quick = flights.judged(['c/p'], a, 4);
    flights.answered(quick);
    await clock.advance(5);
    const slow = flights.judged(['c/p'], b, 3);
    expect(flights.overlaps).to.deep.equal([{ resource: 'c/p', first: quick, second: slow }]);
  });

  it('are one pair where both write several participants, and end once', async () => {
    const clock = new FakeClock();
    const flights = new Flights(clock);
    const first = flights.judged(['c/p', 'c/q', 'c'], a, 0);
    const second = flights.judged(['c/p', 'c/q', 'c'], b, 0);
    expect(flights.overlaps).to.deep.equal([{ resource: 'c/p', first, second }]);
    await clock.advance(1);
    flights.answered(first);
    await clock.advance(1);
    flights.answered(first);
    expect(first.answeredAt).to.equal(1);
  });

  it('are forgotten one by one: a call may be written a thousand times', () => {
    const flights = new Flights(new FakeClock());
    for (let write = 0; write < 20; write += 1) flights.judged(['c/p'], a, 0);
    // each meets at most the sixteen before it
    expect(flights.overlaps).to.have.length((16 * 15) / 2 + 4 * 16);
  });

  it('last from the arrival of a request until its answer has gone out', async () => {
    const org = new Org();
    Object.assign(org.faults, { latencyUp: [20, 20], latencyDown: [1_000, 1_000] });
    const call = org.call();
    const [customer, , acd] = call.conversation!.participants;
    const path = `/api/v2/conversations/voice/${call.id}/participants`;
    const write = (participant: string): Promise<unknown> =>
      org.request('PATCH', `${path}/${participant}`, { attributes: { tier: 'gold' } }, { 'if-match': '"2"' });
    const writes = [write(customer!.id), write(acd!.id)];
    await judged(org, 2);
    writes.push(write(customer!.id));
    await judged(org, 3);
    const { overlaps } = org.ledger.flights;
    expect(overlaps.map(({ resource }) => resource)).to.deep.equal([`${call.id}/${customer!.id}`]);
    const [{ first, second }] = overlaps as [(typeof overlaps)[number]];
    expect([first, second].map(({ client, token, status }) => [client, token, status])).to.deep.equal([
      ['app', org.token.digest, 200],
      ['app', org.token.digest, 409],
    ]);
    // it is in the hands of the server before it is judged
    expect(second.arrivedAt).to.be.at.most(org.clock.now() - 20);
    expect(first.answeredAt).to.be.undefined;
    await org.clock.advance(2_000);
    await Promise.all(writes);
    await eventually('its answer has gone out', () => first.answeredAt !== undefined);
    expect(org.token.digest).to.match(/^[0-9a-f]{8}$/);
    expect(org.token.value).not.to.include(org.token.digest);
  });

  it('of a whole conversation meet those of its participants', async () => {
    const org = new Org();
    org.faults.latencyDown = [1_000, 1_000];
    const call = org.call();
    const [customer, , acd] = call.conversation!.participants;
    const participants = [customer!, acd!].map(({ id }) => ({ id, attributes: { tier: 'gold' } }));
    const path = `/api/v2/conversations/voice/${call.id}`;
    const writes = [
      org.request('PATCH', path, { participants }, { 'if-match': '*' }),
      org.request('PATCH', `${path}/participants/${acd!.id}`, { attributes: {} }, { 'if-match': '*' }),
    ];
    await judged(org, 2);
    await org.clock.advance(2_000);
    await Promise.all(writes);
    expect(org.ledger.flights.overlaps.map(({ resource }) => resource)).to.deep.equal([`${call.id}/${acd!.id}`]);
  });

  it('end when they are carried out, where their client has given up on the way', async () => {
    const simulator = await openSimulator({ faults: { latencyUp: [300, 300] } });
    try {
      const call = queuedCall(simulator);
      const granted = simulator.oauth.grant(basic(simulator.client.id, simulator.client.secret), 'client_credentials');
      if (!('token' in granted)) throw new Error('the login was refused');
      const path = `/api/v2/conversations/voice/${call.id}/participants/${call.conversation!.participants[0]!.id}`;
      const { ledger } = simulator;
      const asked = new AbortController();
      const cut = fetch(simulator.url + path, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${granted.token.value}`, 'content-type': 'application/json', 'if-match': '*' },
        body: JSON.stringify({ attributes: { tier: 'gold' } }),
        signal: asked.signal,
      }).catch(() => 'cut');
      // it is on its way for 300 ms, and nothing tells from outside that it is
      await new Promise((resolve) => setTimeout(resolve, 150));
      asked.abort();
      expect(await cut).to.equal('cut');
      await eventually('it is carried out', () => customerAttributes(call)['tier'] === 'gold');
      ledger.flights.judged([`${call.id}/${call.conversation!.participants[0]!.id}`], a, systemClock.now());
      expect(ledger.overlaps).to.equal(0);
    } finally {
      await simulator.close();
    }
  });
});
