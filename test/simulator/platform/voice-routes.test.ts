import { expect } from 'chai';
import type { Call } from '../../../src/simulator/calls/call.js';
import { Org } from '../org.js';

interface Fixture {
  org: Org;
  call: Call;
  conversation: string;
  participant: string;
  /** Version of the conversation as an ETag. */
  etag: () => string;
}

function setUp(options: ConstructorParameters<typeof Org>[0] = {}): Fixture {
  const org = new Org(options);
  const call = org.call();
  const conversation = `/api/v2/conversations/voice/${call.id}`;
  const participant = `${conversation}/participants/${call.conversation!.participants[0]!.id}`;
  return { org, call, conversation, participant, etag: () => `"${call.conversation!.version}"` };
}

const gold = { attributes: { tier: 'gold' } };
const customerOf = (call: Call): Record<string, string> => call.conversation!.participants[0]!.attributes;

describe('the voice routes of the simulator', () => {
  it('read a conversation and a participant with the present ETag', async () => {
    const { org, call, conversation, participant, etag } = setUp();
    const whole = await org.request('GET', conversation);
    expect(whole.headers['etag']).to.equal(etag());
    expect(whole.body).to.include({ id: call.id, version: 2 });
    call.bump();
    const part = await org.request('GET', participant);
    expect(part.headers['etag']).to.equal('"3"');
    expect(part.body).to.include({ purpose: 'customer', ani: '+15551000000', state: 'connected' });
  });

  it('take a write with the present ETag, and answer with the new one', async () => {
    const { org, call, participant, etag } = setUp();
    const before = etag();
    const { status, headers, body } = await org.request('PATCH', participant, gold, { 'if-match': before });
    expect(status).to.equal(200);
    expect(headers['etag']).to.equal('"3"').and.equal(etag());
    expect(body).to.have.nested.property('attributes.tier', 'gold');
    await org.request('PATCH', participant, { attributes: { queue: 'q' } }, { 'if-match': etag() });
    expect(customerOf(call)).to.deep.equal({ tier: 'gold', queue: 'q' });
    expect(org.ledger.writes.map(({ ifMatch, version, status: answered }) => [ifMatch, version, answered])).to.deep.equal([
      ['"2"', 2, 200],
      ['"3"', 3, 200],
    ]);
  });

  it('take a write with If-Match: *', async () => {
    const { org, participant } = setUp();
    expect((await org.request('PATCH', participant, gold, { 'if-match': '*' })).status).to.equal(200);
  });

  for (const conflictStatus of [409, 412] as const) {
    it(`answer ${conflictStatus} to a stale ETag, naming the resource, with the present ETag`, async () => {
      const { org, call, participant, etag } = setUp();
      org.faults.conflictStatus = conflictStatus;
      const stale = etag();
      call.bump();
      const { status, headers, body } = await org.request('PATCH', participant, gold, { 'if-match': stale });
      expect(status).to.equal(conflictStatus);
      expect(headers['etag']).to.equal(etag());
      expect(body).to.include({ code: 'general.conflict', status: conflictStatus });
      expect(body).to.have.property('message').that.includes(participant);
      expect(customerOf(call)).to.deep.equal({});
      expect(org.ledger.writes[0]).to.include({ status: conflictStatus, ifMatch: stale, version: 3 });
    });
  }

  it('may keep the present ETag to themselves in a conflict', async () => {
    const { org, participant } = setUp();
    org.faults.conflictEtag = false;
    const { status, headers } = await org.request('PATCH', participant, gold, { 'if-match': '"1"' });
    expect(status).to.equal(409);
    expect(headers).not.to.have.property('etag');
  });

  for (const [etags, tag] of [
    ['weak', 'W/"2"'],
    ['opaque', /^"[0-9a-f]{8}-2"$/],
    ['none', undefined],
  ] as const)
    it(`answer with ${etags === 'none' ? 'no ETags' : `${etags} ETags`} where the org makes such`, async () => {
      const { org, call, conversation, participant } = setUp();
      org.faults.etags = etags;
      const told = async (path: string): Promise<unknown> => (await org.request('GET', path)).headers['etag'];
      const etag = await told(participant);
      if (tag instanceof RegExp) expect(etag).to.match(tag);
      else expect(etag).to.equal(tag);
      expect(await told(conversation)).to.equal(etag);
      const { status, headers } = await org.request('PATCH', participant, gold, { 'if-match': String(etag) });
      // a weak one never matches (RFC 9110 §13.1.1), and what was never given cannot
      expect(status).to.equal(etags === 'opaque' ? 200 : 409);
      if (etags === 'weak') expect(headers['etag']).to.equal(etag);
      if (etags === 'opaque') expect(headers['etag']).to.match(/^"[0-9a-f]{8}-3"$/);
      if (etags === 'none') expect(headers).not.to.have.property('etag');
      expect(call.conversation!.version).to.equal(etags === 'opaque' ? 3 : 2);
    });

  it('carry out a write whatever its If-Match, where the org ignores it', async () => {
    const { org, call, participant } = setUp();
    org.faults.ifMatch = 'ignored';
    call.bump();
    expect((await org.request('PATCH', participant, gold, { 'if-match': '"1"' })).status).to.equal(200);
    expect(customerOf(call)).to.deep.equal({ tier: 'gold' });
  });

  it('answer 428 to a write without If-Match, where the org requires it', async () => {
    const { org, call, participant, etag } = setUp();
    org.faults.ifMatch = 'required';
    const { status, body } = await org.request('PATCH', participant, gold);
    expect(status).to.equal(428);
    expect(body).to.have.property('code', 'precondition.required');
    expect(customerOf(call)).to.deep.equal({});
    expect(org.ledger.writes[0]).to.include({ status: 428 });
    expect((await org.request('PATCH', participant, gold, { 'if-match': '"1"' })).status).to.equal(409);
    expect((await org.request('PATCH', participant, gold, { 'if-match': etag() })).status).to.equal(200);
  });

  for (const [attributeWrites, emptyAttributes, expected] of [
    ['merge', 'kept', { a: '1', b: '', c: '3' }],
    ['merge', 'deleted', { a: '1', c: '3' }],
    ['replace', 'kept', { b: '', c: '3' }],
    ['replace', 'deleted', { c: '3' }],
  ] as const)
    it(`${attributeWrites} attributes, with empty ones ${emptyAttributes}, in one change for all participants`, async () => {
      const { org, call, conversation, etag } = setUp();
      const [customer, , acd] = call.conversation!.participants;
      for (const each of [customer!, acd!]) each.attributes = { a: '1', b: '2' };
      Object.assign(org.faults, { attributeWrites, emptyAttributes });
      const participants = [customer!, acd!].map(({ id }) => ({ id, attributes: { b: '', c: '3' } }));
      const { status, headers } = await org.request('PATCH', conversation, { participants }, { 'if-match': etag() });
      expect([status, headers['etag']]).to.deep.equal([200, '"3"']);
      expect([customer!.attributes, acd!.attributes]).to.deep.equal([expected, expected]);
    });

  it('take a write without If-Match, unless the state moved since the last read or write', async () => {
    const { org, call, participant } = setUp();
    const write = async (): Promise<number> => (await org.request('PATCH', participant, gold)).status;
    expect(await write()).to.equal(200);
    expect(await write()).to.equal(200);
    call.bump();
    expect(await write()).to.equal(409);
    await org.request('GET', participant);
    expect(await write()).to.equal(200);
    await org.request('GET', participant);
    call.bump();
    expect(await write()).to.equal(409);
  });

  it('write several participants in the form of a whole conversation', async () => {
    const { org, call, conversation, etag } = setUp();
    const [customer, , acd] = call.conversation!.participants;
    const participants = [
      { id: customer!.id, attributes: { a: '1' } },
      { id: acd!.id, attributes: { b: '2' } },
    ];
    const { status, headers, body } = await org.request('PATCH', conversation, { participants }, { 'if-match': etag() });
    expect(status).to.equal(200);
    expect(headers['etag']).to.equal('"3"');
    expect(body).to.include({ id: call.id, version: 3 });
    expect([customer!.attributes, acd!.attributes]).to.deep.equal([{ a: '1' }, { b: '2' }]);
    expect(org.ledger.writes[0]).to.deep.include({ participantIds: [customer!.id, acd!.id], attributes: { a: '1', b: '2' } });
    const stale = await org.request('PATCH', conversation, { participants: [] }, { 'if-match': '"2"' });
    expect(stale.status).to.equal(409);
  });

  it('answer 404 for what is not there', async () => {
    const { org, conversation } = setUp();
    const missing = [
      ['GET', '/api/v2/conversations/voice/none'],
      ['GET', `${conversation}/participants/none`],
      ['PATCH', '/api/v2/conversations/voice/none'],
      ['PATCH', `${conversation}/participants/none`],
    ] as const;
    for (const [method, path] of missing) {
      const { status, body } = await org.request(method, path, method === 'PATCH' ? gold : undefined);
      expect(status, path).to.equal(404);
      expect(body).to.have.property('code', 'not.found');
    }
    const stranger = { participants: [{ id: 'none', attributes: {} }] };
    expect((await org.request('PATCH', conversation, stranger)).status).to.equal(404);
  });

  it('answer 400 to a body they cannot use', async () => {
    const { org, conversation, participant } = setUp();
    const bad = [
      [participant, {}],
      [participant, { attributes: { tier: 1 } }],
      [conversation, gold],
      [conversation, { participants: [{ attributes: {} }] }],
    ] as const;
    for (const [path, body] of bad) {
      const answer = await org.request('PATCH', path, body, { 'if-match': '*' });
      expect(answer.status).to.equal(400);
      expect(answer.body).to.have.property('code', 'invalid.value');
    }
    expect(org.ledger.writes).to.be.empty;
  });

  for (const [disguised, expected] of [
    [false, 403],
    [true, 409],
  ] as const) {
    it(`answer ${expected} for a missing permission${disguised ? ', in disguise' : ''}`, async () => {
      const { org, conversation, participant, etag } = setUp({ permissions: [] });
      org.faults.disguiseForbidden = disguised;
      const requests = [
        ['GET', conversation, undefined],
        ['GET', participant, undefined],
        ['PATCH', participant, gold],
      ] as const;
      for (const [method, path, sent] of requests) {
        const { status, body, headers } = await org.request(method, path, sent, { 'if-match': etag() });
        expect(status, path).to.equal(expected);
        expect(body).to.include({ code: 'missing.permissions', status: expected });
        expect(body)
          .to.have.property('message')
          .that.includes(method === 'GET' ? 'conversation:view' : 'conversation:write');
        expect(headers).not.to.have.property('etag');
      }
      expect(org.ledger.writes.map(({ status }) => status)).to.deep.equal([expected]);
    });
  }
});
