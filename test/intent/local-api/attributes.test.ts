import { expect } from 'chai';
import sinon from 'sinon';
import { OutboxFull } from '../../../src/intent/outbox.js';
import { Api, gone, knownConversation } from '../support/api.js';

const good = { attributes: { tier: 'gold' } };

describe('PUT of attributes', () => {
  let api: Api;

  const open = async (options: ConstructorParameters<typeof Api>[0] = {}): Promise<void> => {
    api = await new Api(options).open();
  };
  afterEach(() => api.close());

  it('is accepted once it is kept, and handed to the writer', async () => {
    await open();
    const { status, body, headers } = await api.put({ attributes: { tier: 'gold', empty: '' } });
    const [intent] = api.outbox.open();
    expect(status).to.equal(202);
    expect(body).to.deep.equal({ intentId: intent?.id, state: 'accepted' });
    expect(headers['content-type']).to.match(/^application\/json/);
    expect(intent).to.deep.include({ conversationId: 'c1', participant: { id: 'p1' }, attributes: { tier: 'gold', empty: '' } });
    expect(intent?.firing).to.equal(undefined);
    expect(api.submitted).to.deep.equal([intent]);
  });

  it('may name a purpose instead of a participant', async () => {
    await open();
    expect((await api.put(good, { pid: '@customer' })).status).to.equal(202);
    expect(api.outbox.open()[0]?.participant).to.deep.equal({ purpose: 'customer' });
  });

  it('is a wish of its own each time, also if it repeats', async () => {
    await open();
    const [first, second] = [await api.put(good), await api.put(good)];
    expect(first.body['intentId']).not.to.equal(second.body['intentId']);
    expect(api.submitted.map(({ sequence }) => sequence)).to.deep.equal([1, 2]);
  });

  describe('with bad input', () => {
    const bad: [string, unknown, string, RegExp][] = [
      ['an empty body', undefined, 'body', /expected object/],
      ['a list', [], 'body', /expected object/],
      ['no attributes', {}, 'attributes', /expected an object of attribute names and values/],
      ['a list of attributes', { attributes: ['tier'] }, 'attributes', /expected an object/],
      ['null for attributes', { attributes: null }, 'attributes', /expected an object/],
      ['empty attributes', { attributes: {} }, 'attributes', /expected at least one attribute/],
      ['a number', { attributes: { tier: 1 } }, 'attributes.tier', /expected text/],
      ['a null', { attributes: { tier: null } }, 'attributes.tier', /expected text/],
      ['an object', { attributes: { tier: {} } }, 'attributes.tier', /expected text/],
      ['an empty name', { attributes: { '': 'x' } }, 'attributes.', /expected a name that is not empty/],
      ['unknown fields', { ...good, force: true, dry: 1 }, 'force, dry', /unknown field, expected only attributes/],
      ['several faults', { attributes: { a: 1, b: 'x', c: [] } }, 'attributes.a, attributes.c', /attributes\.a: .*; attributes\.c: /],
    ];
    for (const [what, body, path, message] of bad)
      it(`answers 422 for ${what}, and names the field`, async () => {
        await open();
        const reply = await api.put(body);
        expect(reply.status).to.equal(422);
        expect(reply.body['path']).to.equal(path);
        expect(reply.body['message']).to.match(message).and.to.contain(path.split(', ')[0]);
        expect(reply.body['remedy']).to.be.a('string');
        expect(api.outbox.open()).to.be.empty;
        expect(api.sought).to.be.empty;
      });

    it('names no more than ten of many faults', async () => {
      await open();
      const { body } = await api.put({ attributes: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, index])) });
      expect(String(body['path']).split(', ')).to.have.length(10);
    });

    it('answers 400 for what is no JSON', async () => {
      await open();
      const { status, body } = await api.put('{"attributes":', { headers: { 'content-type': 'application/json' } });
      expect(status).to.equal(400);
      expect(body).to.deep.include({ path: 'body', remedy: 'send JSON with Content-Type: application/json' });
      expect(body['message']).to.match(/^body: /);
    });

    it('answers 400 for a body that is announced as JSON and is not there', async () => {
      await open();
      const { status, body } = await api.put('', { headers: { 'content-type': 'application/json' } });
      expect(status).to.equal(400);
      expect(body['path']).to.equal('body');
    });

    it('answers 400 for a body that reaches for the prototype', async () => {
      await open();
      const { status } = await api.put('{"attributes":{"__proto__":{"x":"y"}}}', { headers: { 'content-type': 'application/json' } });
      expect(status).to.equal(400);
    });

    it('answers 413 for a body over 512,000 bytes, and takes one of that size', async () => {
      await open();
      const ofSize = (bytes: number): unknown => ({ attributes: { a: 'x'.repeat(bytes - '{"attributes":{"a":""}}'.length) } });
      const { status, body } = await api.put(ofSize(512_001));
      expect(status).to.equal(413);
      expect(body).to.deep.include({ path: 'body', remedy: 'send at most 512000 bytes' });
      expect(api.outbox.open()).to.be.empty;
      expect((await api.put(ofSize(512_000))).status).to.equal(202);
    });

    for (const [type, expected] of [
      ['application/xml', 415],
      ['application/x-www-form-urlencoded', 415],
      ['text/plain', 422],
    ] as const)
      it(`answers ${expected} for JSON that is announced as ${type}, as a form of a web page would be`, async () => {
        await open();
        const { status, body } = await api.put(JSON.stringify(good), { headers: { 'content-type': type } });
        expect(status).to.equal(expected);
        expect(body['path']).to.equal('body');
        expect(api.outbox.open()).to.be.empty;
      });

    for (const query of ['?wait=5', '?wait=', '?wait=soon', '?wait=-1s', '?wait=61s', '?wait=2m', '?wait=1s&wait=2s'])
      it(`answers 400 for ${query}`, async () => {
        await open();
        const { status, body } = await api.put(good, { query });
        expect(status).to.equal(400);
        expect(body).to.deep.include({ path: 'wait', message: 'wait: expected a duration of at most 60s, such as 5s' });
        expect(api.outbox.open()).to.be.empty;
      });

    for (const pid of ['', '@'])
      it(`answers 400 for the participant "${pid}"`, async () => {
        await open();
        const { status, body } = await api.put(good, { pid });
        expect(status).to.equal(400);
        expect(body['path']).to.equal('pid');
        expect(api.outbox.open()).to.be.empty;
      });
  });

  describe('for a conversation', () => {
    it('is 404 where it is unknown and the platform knows nothing of it either', async () => {
      await open({ find: () => Promise.resolve(gone) });
      const { status, body } = await api.put(good);
      expect(status).to.equal(404);
      expect(body['path']).to.equal('cid');
      expect(api.sought).to.deep.equal(['c1']);
      expect(api.outbox.open()).to.be.empty;
      expect(api.submitted).to.be.empty;
    });

    it('is accepted where it cannot be asked for now', async () => {
      await open({ find: () => Promise.resolve({ kind: 'unasked', error: new Error('no network') }) });
      expect((await api.put(good)).status).to.equal(202);
      expect(api.submitted).to.have.length(1);
    });
  });

  describe('in bad times', () => {
    it('is 503 while the daemon stops, before anything is asked', async () => {
      await open({ accepting: () => false });
      const { status, body, headers } = await api.put(good);
      expect(status).to.equal(503);
      expect(headers['retry-after']).to.equal('5');
      expect(body['message']).to.equal('the daemon is stopping');
      expect(api.sought).to.be.empty;
    });

    it('is 503 where the daemon began to stop while the conversation was asked for', async () => {
      let stopping = false;
      await open({
        accepting: () => !stopping,
        find: async () => {
          stopping = true;
          return { kind: 'known', conversation: await knownConversation() };
        },
      });
      expect((await api.put(good)).status).to.equal(503);
      expect(api.outbox.open()).to.be.empty;
    });

    it('is 503 where the outbox is full', async () => {
      await open();
      sinon.stub(api.outbox, 'accept').rejects(new OutboxFull());
      const { status, body, headers } = await api.put(good);
      expect(status).to.equal(503);
      expect(headers['retry-after']).to.equal('5');
      expect(body['message']).to.match(/^the outbox is full/);
      expect(api.submitted).to.be.empty;
    });

    it('is 500 where the outbox fails otherwise, and the log knows why, not the caller', async () => {
      await open();
      sinon.stub(api.outbox, 'accept').rejects(new Error('the disk is on fire'));
      const { status, body } = await api.put(good);
      expect(status).to.equal(500);
      expect(body).to.deep.equal({ message: 'a fault of the daemon', remedy: 'see http.failed in its log' });
      expect(api.log.of('http.failed')).to.deep.equal([
        { method: 'PUT', path: '/conversations/:cid/participants/:pid/attributes', error: 'the disk is on fire' },
      ]);
      expect(api.submitted).to.be.empty;
    });

    it('is 500 where the outbox takes it for a repetition', async () => {
      await open();
      sinon.stub(api.outbox, 'accept').resolves(undefined);
      expect((await api.put(good)).status).to.equal(500);
      expect(api.submitted).to.be.empty;
    });
  });
});
