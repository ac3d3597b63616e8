import { expect } from 'chai';
import { metricList } from '../../src/observe/metric-list.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, inHouse, queuedCall } from '../support/house.js';

const mark = { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } };
const delays = { latencyUp: [5, 20], latencyDown: [5, 20], eventDelay: [5, 40] } as const;

/** PUTs attributes on the customer over the local API. */
async function put(
  address: string | undefined,
  conversationId: string,
  attributes: Record<string, string>,
  query = '',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://${address ?? ''}/conversations/${conversationId}/participants/@customer/attributes${query}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ attributes }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('the main job, on real sockets', () => {
  it('writes what a rule wishes with the CRM’s answer, once, although every event comes twice', () =>
    inHouse(
      {
        scenario: { faults: { ...delays, duplicate: 1 } },
        config: ({ crmUrl }) => ({
          lookups: { crm: { url: `${crmUrl}/customers?phone={ani}` } },
          rules: [{ name: 'tier', when: 'conversation.started', lookup: 'crm', set: { crmCustomerId: 'lookup.id' } }],
        }),
      },
      async ({ simulator, daemon, log }) => {
        const call = queuedCall(simulator, 3);
        await eventually('the attribute is there', () => customerAttributes(call)['crmCustomerId'] === simulator.customers[3]?.id);
        await eventually('its echo has come, twice', () => daemon.registry.outcomes.duplicate >= 2);
        expect(simulator.ledger.writes).to.have.length(1);
        expect(log.of('intent.accepted')).to.have.length(1);
        expect(log.of('write.applied')[0]).to.include({ status: 200, attempt: 1 });
      },
    ));

  it('applies twenty updates within 500 ms by at most three PATCHes, with the right values', () =>
    inHouse({ scenario: { faults: delays } }, async ({ simulator, daemon }) => {
      const call = queuedCall(simulator);
      await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => put(daemon.address, call.id, { [`key${index % 5}`]: String(index) }, '?wait=10s')),
      );
      expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 200));
      expect(Object.keys(customerAttributes(call))).to.have.length(5);
      expect(simulator.ledger.writes.length).to.be.at.most(3);
    }));

  it('does nothing more when every event comes again', () =>
    inHouse({ config: { rules: [mark] }, scenario: { faults: { duplicate: 1 } } }, async ({ simulator, daemon }) => {
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
      for (let count = 0; count < 5; count += 1) call.bump();
      const heard = daemon.registry.outcomes;
      await eventually('all events have come', () => heard.newer + heard.duplicate >= 14);
      expect(simulator.ledger.writes).to.have.length(1);
    }));

  it('converges under a storm of bumps, one write in flight, never with an ETag that it knew to be stale', () =>
    inHouse({ config: { write: { policy: 'immediate' } }, scenario: { faults: delays } }, async ({ simulator, daemon, log }) => {
      const call = queuedCall(simulator);
      await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
      const storming = new AbortController();
      const storm = (async () => {
        while (!storming.signal.aborted) {
          call.bump();
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
      })();
      const { status, body } = await put(daemon.address, call.id, { tier: 'gold' }, '?wait=30s');
      storming.abort();
      await storm;
      expect(status).to.equal(200);
      expect(body['state']).to.be.oneOf(['applied', 'confirmed']);
      expect(simulator.ledger.overlaps).to.equal(0);
      const etags = log.of('write.sent').map(({ etag }) => Number(String(etag).replaceAll('"', '')));
      expect(etags).to.deep.equal([...etags].sort((a, b) => a - b));
      expect(log.of('write.conflict').length).to.equal(simulator.ledger.writes.length - 1);
    }));

  for (const conflictStatus of [409, 412] as const) {
    it(`sends again at once after a ${conflictStatus} that tells no ETag`, () =>
      inHouse(
        { scenario: { faults: { ...delays, conflictStatus, conflictEtag: false, eventVersions: 'none' } } },
        async ({ simulator, daemon }) => {
          const call = queuedCall(simulator);
          await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
          const answer = put(daemon.address, call.id, { tier: 'gold' }, '?wait=20s');
          for (let count = 0; count < 20; count += 1) {
            call.bump();
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          expect((await answer).body['state']).to.be.oneOf(['applied', 'confirmed']);
          expect(customerAttributes(call)['tier']).to.equal('gold');
        },
      ));
  }

  it('works where events tell ETags, and for target voice-conversation', () =>
    inHouse(
      { config: { rules: [mark], write: { target: 'voice-conversation' } }, scenario: { faults: { ...delays, eventVersions: 'etag' } } },
      async ({ simulator }) => {
        const call = queuedCall(simulator);
        await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
        expect(simulator.ledger.writes.every(({ participantIds }) => participantIds.length === 1)).to.equal(true);
      },
    ));

  it('works on topics whose bodies are of shape A', () =>
    inHouse(
      { config: ({ users }) => ({ rules: [mark], notifications: { topics: users.map((id) => `v2.users.${id}.conversations`) } }) },
      async ({ simulator, daemon }) => {
        const call = queuedCall(simulator, 4);
        call.perform({ do: 'alert', userId: simulator.users[0] ?? '' });
        await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
        expect(daemon.registry.get(call.id)?.snapshot).to.include({ shape: 'A' });
        expect(daemon.registry.get(call.id)?.snapshot.participants[0]?.ani).to.equal(simulator.customers[4]?.phone);
      },
    ));

  it('flushes at once when the customer hangs up', () =>
    inHouse({ config: { write: { policy: 'debounce', quiet: '10s', maxWait: '20s' } } }, async ({ simulator, daemon }) => {
      const call = queuedCall(simulator);
      await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
      const answer = put(daemon.address, call.id, { tier: 'gold' }, '?wait=5s');
      await eventually('the wish waits', () => daemon.writer.pending === 1);
      call.perform({ do: 'hang-up' });
      expect((await answer).body['state']).to.be.oneOf(['applied', 'confirmed']);
    }));

  it('tells a missing permission in full, also in the clothes of a 409, and does not try again', () =>
    inHouse(
      { scenario: { permissions: ['routing:queue:view', 'conversation:view'], faults: { disguiseForbidden: true } } },
      async ({ simulator, daemon, log }) => {
        const call = queuedCall(simulator);
        await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
        const { body } = await put(daemon.address, call.id, { tier: 'gold' }, '?wait=5s');
        expect(body['state']).to.equal('dead');
        expect(body['reason']).to.include({ status: 409, code: 'missing.permissions' });
        expect(simulator.ledger.writes).to.have.length(1);
        expect(log.of('write.failed')[0]).to.include.keys('correlationId', 'body');
      },
    ));

  it('learns a call that no event has told of, and says 404 for one that is not there', () =>
    inHouse({ config: { notifications: { topics: [] } } }, async ({ simulator, daemon }) => {
      const call = queuedCall(simulator);
      expect((await put(daemon.address, call.id, { tier: 'gold' }, '?wait=5s')).body['state']).to.be.oneOf(['applied', 'confirmed']);
      expect((await put(daemon.address, 'nowhere', { tier: 'gold' })).status).to.equal(404);
      const routes = [...simulator.ledger.requests.keys()].filter((route) => route.includes('/voice/'));
      expect(routes).to.have.members(['GET /api/v2/conversations/voice/:cid', 'PATCH /api/v2/conversations/voice/:cid/participants/:pid']);
    }));
});

describe('the metrics of a daemon at work', () => {
  it('tell of every part of it, under the names of design.md', () =>
    inHouse({ config: { rules: [mark] } }, async ({ simulator, daemon }) => {
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
      const response = await fetch(`http://${daemon.address ?? ''}/metrics`, { headers: { connection: 'close' } });
      const text = await response.text();
      for (const name of Object.keys(metricList)) expect(text, name).to.contain(`# TYPE attributed_${name} `);
      for (const line of [
        'attributed_conversations 1',
        'attributed_intents_pending 0',
        'attributed_intents_total{state="accepted"} 1',
        'attributed_intents_total{state="applied"} 1',
        'attributed_writes_total{outcome="applied"} 1',
        'attributed_write_attempts_count 1',
        'attributed_channel_connected 1',
        'attributed_ready 1',
        'attributed_auth_refused 0',
        'attributed_intents_oldest_seconds 0',
        'attributed_budget_waiting 0',
        'attributed_outbox_accepting 1',
        `attributed_outbox_max_bytes ${1024 ** 3}`,
        `attributed_start_time_seconds ${Math.floor(Date.now() / 1_000_000)}`,
        'attributed_topics{state="permitted"} 2',
        'attributed_build_info{version="1.2.3"',
      ])
        expect(text).to.contain(line);
    }));
});
