import { expect } from 'chai';
import sinon from 'sinon';
import type { Intent, IntentRequest } from '../../../src/intent/intent.js';
import { deadLettersSchema } from '../../../src/intent/local-api/dead-letters.js';
import { OutboxFull } from '../../../src/intent/outbox.js';
import { Api } from '../support/api.js';

const reason = { what: 'refused', keys: ['tier'], status: 403, correlationId: 'x' };

describe('dead letters over the local API', () => {
  let api: Api;

  const open = async (options: ConstructorParameters<typeof Api>[0] = {}): Promise<void> => {
    api = await new Api(options).open();
  };
  afterEach(() => api.close());

  async function accept(request: Partial<IntentRequest> = {}): Promise<Intent> {
    const intent = await api.outbox.accept({
      conversationId: 'c1',
      participant: { id: 'p1' },
      attributes: { tier: 'confidential', id: '1' },
      ...request,
    });
    if (intent === undefined) throw new Error('not accepted');
    return intent;
  }

  async function dead(request: Partial<IntentRequest> = {}): Promise<Intent> {
    const intent = await accept(request);
    api.outbox.update(intent.id, { state: 'dead', reason, attempts: 3 });
    return intent;
  }

  const retry = (id: string): ReturnType<Api['call']> => api.call(`/dead-letters/${id}/retry`, { method: 'POST' });
  const drop = (id: string): ReturnType<Api['call']> => api.call(`/dead-letters/${id}`, { method: 'DELETE' });

  it('are listed with why, and with values only for who asks', async () => {
    await open();
    const { id } = await dead({ rule: 'tier' });
    await accept();
    const { status, body } = await api.call('/dead-letters');
    const at = new Date(api.clock.wall()).toISOString();
    const letter = { intentId: id, conversationId: 'c1', participantId: 'p1', rule: 'tier', keys: ['tier', 'id'], attempts: 3, reason };
    expect(status).to.equal(200);
    expect(body).to.deep.equal({ deadLetters: [{ ...letter, acceptedAt: at, deadAt: at }] });
    const { deadLetters } = deadLettersSchema.parse((await api.call('/dead-letters?values=true')).body);
    expect(deadLetters[0]?.attributes).to.deep.equal({ tier: 'confidential', id: '1' });
  });

  describe('a retry', () => {
    it('is accepted under the same id, told, and handed to the writer', async () => {
      await open();
      const { id } = await dead();
      const { status, body } = await retry(id);
      expect([status, body]).to.deep.equal([202, { intentId: id, state: 'accepted' }]);
      expect(api.submitted.map((wish) => [wish.id, wish.attributes])).to.deep.equal([[id, { tier: 'confidential', id: '1' }]]);
      expect(api.outbox.get(id)?.state).to.equal('accepted');
      expect(api.log.of('deadletter.retried')).to.deep.equal([
        { intentId: id, conversationId: 'c1', participantId: 'p1', rule: undefined, keys: ['tier', 'id'] },
      ]);
      expect(api.journal.of('c1')?.first.at(-1)?.event).to.equal('deadletter.retried');
    });

    it('leaves out what a newer wish has set', async () => {
      await open();
      const { id } = await dead();
      await accept({ attributes: { tier: 'silver' } });
      const { status, body } = await retry(id);
      expect([status, body]).to.deep.equal([202, { intentId: id, state: 'accepted', leftOut: ['tier'] }]);
      expect(api.submitted[0]?.attributes).to.deep.equal({ id: '1' });
      expect(api.outbox.get(id)?.attributes).to.deep.equal({ id: '1' });
      expect(api.log.of('deadletter.retried')[0]).to.deep.include({ keys: ['id'], leftOut: ['tier'] });
    });

    it('is superseded where nothing is left of it, and nothing is handed on', async () => {
      await open();
      const { id } = await dead();
      await accept({ attributes: { tier: 'silver', id: '2' } });
      const { status, body } = await retry(id);
      expect([status, body]).to.deep.equal([200, { intentId: id, state: 'superseded', leftOut: ['tier', 'id'] }]);
      expect(api.submitted).to.be.empty;
      expect(api.outbox.get(id)?.state).to.equal('superseded');
      expect(api.outbox.dead()).to.be.empty;
      expect(api.log.of('intent.superseded')).to.deep.equal([{ intentId: id, conversationId: 'c1' }]);
    });

    it('goes back to the rule where its lookup never answered', async () => {
      await open();
      const { id } = await dead({ attributes: undefined, rule: 'tier' });
      const { status, body } = await retry(id);
      expect([status, body]).to.deep.equal([202, { intentId: id, state: 'accepted' }]);
      expect(api.resumed.map((intent) => intent.id)).to.deep.equal([id]);
      expect(api.submitted).to.be.empty;
    });

    it('happens once, though two ask for it', async () => {
      await open();
      for (const attributes of [{ tier: 'gold' }, undefined]) {
        const { id } = await dead({ attributes });
        const answers = await Promise.all([retry(id), retry(id)]);
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([202, 409]);
      }
      expect(api.submitted.length + api.resumed.length).to.equal(2);
    });

    it('is refused as being under way while it is put on disk', async () => {
      await open();
      const { id } = await dead();
      sinon.stub(api.outbox, 'retry').resolves(undefined);
      expect(await retry(id)).to.deep.include({ status: 409 });
      expect((await retry(id)).body['message']).to.equal('the dead letter is being retried');
    });

    it('is 503 where the outbox is full, and 500 where it fails otherwise; it is a dead letter still', async () => {
      await open();
      const { id } = await dead();
      const stub = sinon.stub(api.outbox, 'retry').rejects(new OutboxFull());
      const { status, headers } = await retry(id);
      expect([status, headers['retry-after']]).to.deep.equal([503, '5']);
      stub.rejects(new Error('the disk is on fire'));
      expect((await retry(id)).status).to.equal(500);
      expect(api.outbox.dead()).to.have.length(1);
      expect(api.submitted).to.be.empty;
    });
  });

  it('are dropped for good, and that is told', async () => {
    await open();
    const { id } = await dead();
    const { status, body } = await drop(id);
    expect([status, body]).to.deep.equal([204, {}]);
    expect(api.outbox.get(id)).to.equal(undefined);
    expect(api.log.of('deadletter.dropped')).to.deep.equal([
      { intentId: id, conversationId: 'c1', participantId: 'p1', rule: undefined, keys: ['tier', 'id'] },
    ]);
  });

  for (const [what, call] of [
    ['a retry', retry],
    ['a drop', drop],
  ] as const) {
    it(`${what} is 404 for an unknown id, and 409 for an intent that is no dead letter`, async () => {
      await open();
      expect(await call('nobody')).to.deep.include({ status: 404 });
      const { status, body } = await call((await accept()).id);
      expect(status).to.equal(409);
      expect(body['message']).to.equal('the intent is accepted, it is no dead letter');
    });

    it(`${what} is 503 while the daemon stops`, async () => {
      await open({ accepting: () => false });
      const { id } = await dead();
      const { status, headers } = await call(id);
      expect([status, headers['retry-after']]).to.deep.equal([503, '5']);
      expect(api.outbox.dead()).to.have.length(1);
    });
  }
});
