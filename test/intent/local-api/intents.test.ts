import { expect } from 'chai';
import sinon from 'sinon';
import type { IntentState } from '../../../src/intent/intent.js';
import { eventually } from '../../support/eventually.js';
import { Api, type Reply } from '../support/api.js';

const good = { attributes: { tier: 'confidential' } };

describe('the state of an intent over the local API', () => {
  let api: Api;
  beforeEach(async () => {
    api = await new Api().open();
  });
  afterEach(() => api.close());

  /** A PUT that waits, once the API waits for its intent. */
  async function waiting(query: string): Promise<{ id: string; reply: Promise<Reply> }> {
    const reply = api.put(good, { query });
    await eventually('the API waits', () => api.clock.timers > 0);
    const [intent] = api.outbox.open();
    if (intent === undefined) throw new Error('no intent was accepted');
    return { id: intent.id, reply };
  }

  describe('?wait=', () => {
    for (const state of ['applied', 'confirmed', 'satisfied', 'superseded', 'dead'] as const)
      it(`is answered with 200 once the intent is ${state}`, async () => {
        const { id, reply } = await waiting('?wait=5s');
        api.outbox.update(id, { state: 'sent', attempts: 1 });
        api.outbox.update(id, { state });
        const { status, body } = await reply;
        expect(status).to.equal(200);
        expect(body).to.deep.include({ intentId: id, state, attempts: 1 });
      });

    for (const state of ['accepted', 'waiting', 'sent'] as const)
      it(`is answered with 202 and the state so far, ${state}, when the time is over`, async () => {
        const { id, reply } = await waiting('?wait=5s');
        if (state !== 'accepted') api.outbox.update(id, { state });
        await api.clock.advance(4_999);
        expect(api.clock.timers).to.equal(1);
        await api.clock.advance(1);
        const { status, body } = await reply;
        expect(status).to.equal(202);
        expect(body).to.deep.include({ intentId: id, state });
      });

    it('may be as long as 60s', async () => {
      const { id, reply } = await waiting('?wait=1m');
      api.outbox.update(id, { state: 'applied' });
      expect((await reply).status).to.equal(200);
    });

    it('of zero is not waiting', async () => {
      const { status, body } = await api.put(good, { query: '?wait=0s' });
      expect(status).to.equal(202);
      expect(Object.keys(body)).to.deep.equal(['intentId', 'state']);
    });

    it('is answered with what was accepted where the outbox has forgotten it', async () => {
      sinon.stub(api.outbox, 'reached').resolves(undefined);
      const { status, body } = await api.put(good, { query: '?wait=1s' });
      expect(status).to.equal(202);
      expect(body['state']).to.equal('accepted');
    });

    it('says why an intent is dead', async () => {
      const { id, reply } = await waiting('?wait=5s');
      const reason = { what: 'refused', status: 403, code: 'not.authorized', correlationId: 'x' };
      api.outbox.update(id, { state: 'dead', reason });
      expect((await reply).body['reason']).to.deep.equal(reason);
    });
  });

  describe('GET /intents/{id}', () => {
    it('shows how far it has come, with keys and without values', async () => {
      const { body: accepted } = await api.put(good, { pid: '@customer' });
      const id = String(accepted['intentId']);
      const states: IntentState[] = ['accepted', 'waiting', 'sent', 'applied'];
      for (const [attempts, state] of states.entries()) {
        api.outbox.update(id, { state, attempts });
        const { status, body } = await api.call(`/intents/${id}`);
        expect(status).to.equal(200);
        expect(body).to.deep.equal({
          intentId: id,
          conversationId: 'c1',
          participantId: '@customer',
          keys: ['tier'],
          acceptedAt: new Date(api.clock.wall()).toISOString(),
          state,
          attempts,
        });
      }
      expect(api.log.text).not.to.contain('confidential');
    });

    it('shows an intent of a rule whose lookup has not answered', async () => {
      const intent = await api.outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined, rule: 'tier' });
      const { body } = await api.call(`/intents/${intent?.id ?? ''}`);
      expect(body).to.deep.include({ participantId: 'p1', rule: 'tier', state: 'accepted' });
      expect(body).not.to.have.any.keys('keys', 'attributes');
    });

    it('is 404 for an id that it does not know', async () => {
      const { status, body } = await api.call('/intents/nobody');
      expect(status).to.equal(404);
      expect(body['path']).to.equal('id');
    });

    it('is 404 once the intent is finished and forgotten', async () => {
      const id = String((await api.put(good)).body['intentId']);
      api.outbox.update(id, { state: 'confirmed' });
      await api.clock.advance(3_600_000);
      expect((await api.call(`/intents/${id}`)).status).to.equal(404);
    });
  });

  it('has the values where log.values is on', async () => {
    await api.close();
    api = await new Api({ values: true }).open();
    const id = String((await api.put(good)).body['intentId']);
    expect((await api.call(`/intents/${id}`)).body['attributes']).to.deep.equal(good.attributes);
    const { id: waitingId, reply } = { id, reply: api.put(good, { query: '?wait=5s' }) };
    await eventually('the second wish is accepted', () => api.outbox.open().length === 2);
    for (const intent of api.outbox.open()) if (intent.id !== waitingId) api.outbox.update(intent.id, { state: 'applied' });
    expect((await reply).body['attributes']).to.deep.equal(good.attributes);
  });
});
