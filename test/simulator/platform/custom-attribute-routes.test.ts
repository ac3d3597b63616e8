import { expect } from 'chai';
import { Org, type Reply } from '../org.js';

function setUp(options: ConstructorParameters<typeof Org>[0] = {}) {
  const org = new Org(options);
  const call = org.call();
  const path = `/api/v2/conversations/${call.id}/customattributes`;
  const send = (method: 'PUT' | 'PATCH', body: unknown): Promise<Reply> => org.request(method, path, body);
  const read = async (id = 'order'): Promise<Reply> => org.request('GET', `${path}/${id}`);
  return { org, call, path, send, read };
}

const schemaId = 'orders';

describe('the custom attribute routes of the simulator', () => {
  it('create a record with PUT, and read it alone and in the list', async () => {
    const { org, call, path, send, read } = setUp();
    expect((await org.request('GET', path)).body).to.deep.equal({ results: [] });
    const created = await send('PUT', { id: 'order', schemaId, divisions: ['home'], customAttributes: { a: 1, b: { c: 'x' } } });
    expect(created).to.deep.include({ status: 200, body: { id: 'order' } });
    const time = org.world.time();
    const record = {
      id: 'order',
      conversationId: call.id,
      divisions: ['home'],
      schema: { id: schemaId, version: 1 },
      customAttributes: { a: 1, b: { c: 'x' } },
      customAttributesTimestamps: { a: time, b: time },
      version: 1,
      dateCreated: time,
      dateModified: time,
      selfUri: `${path}/order`,
    };
    expect((await read()).body).to.deep.equal(record);
    expect((await org.request('GET', path)).body).to.deep.equal({ results: [record] });
  });

  it('amend a record with PATCH, and tell when each attribute was written', async () => {
    const { org, call, send, read } = setUp();
    org.world.putCustom(call.conversation!, 'order', { schemaId, divisions: ['home'], customAttributes: { a: 1, b: 2 } });
    const before = org.world.time();
    await org.clock.advance(1_000);
    expect(await send('PATCH', { id: 'order', customAttributes: { b: 3 } })).to.deep.include({ status: 204, body: undefined });
    const now = org.world.time();
    expect((await read()).body).to.deep.include({
      // documented: leaving them out clears them
      divisions: [],
      schema: { id: schemaId, version: 1 },
      customAttributes: { a: 1, b: 3 },
      customAttributesTimestamps: { a: before, b: now },
      version: 2,
      dateCreated: before,
      dateModified: now,
    });
  });

  it('replace all of a record with PUT', async () => {
    const { org, call, send, read } = setUp();
    org.world.putCustom(call.conversation!, 'order', { schemaId, customAttributes: { a: 1, b: 2 } });
    expect((await send('PUT', { id: 'order', schemaId, customAttributes: { b: 3 } })).status).to.equal(200);
    expect((await send('PUT', { id: 'order', customAttributes: { c: 4 } })).status).to.equal(200);
    expect((await read()).body).to.deep.include({ customAttributes: { c: 4 }, version: 3, schema: { id: schemaId, version: 1 } });
  });

  for (const method of ['PUT', 'PATCH'] as const) {
    for (const told of [true, false]) {
      it(`answer 409 to a ${method} that names another version, and ${told ? 'tell' : 'keep to themselves'} the present one`, async () => {
        const { org, call, send, read } = setUp();
        org.faults.conflictEtag = told;
        org.world.putCustom(call.conversation!, 'order', { customAttributes: { a: 1 } });
        expect((await send(method, { id: 'order', version: 1, customAttributes: { a: 2 } })).status).to.be.below(300);
        const { status, body } = await send(method, { id: 'order', version: 1, customAttributes: { a: 3 } });
        expect(status).to.equal(409);
        expect(body).to.deep.include({ code: 'general.conflict', messageParams: told ? { version: '2' } : {} });
        expect((await read()).body).to.deep.include({ customAttributes: { a: 2 }, version: 2 });
      });
    }
  }

  it('delete a record', async () => {
    const { org, call, path, read } = setUp();
    org.world.putCustom(call.conversation!, 'order', { customAttributes: {} });
    expect((await org.request('DELETE', `${path}/order`)).status).to.equal(204);
    expect((await read()).status).to.equal(404);
    expect((await org.request('DELETE', `${path}/order`)).status).to.equal(404);
  });

  it('leave the version of the conversation as it is, and tell no event', async () => {
    const { org, call, send } = setUp();
    let told = 0;
    org.world.listen(() => (told += 1));
    await send('PUT', { id: 'order', schemaId, customAttributes: { a: 1 } });
    expect(told).to.equal(0);
    expect(call.conversation!.version).to.equal(2);
  });

  it('record each write, with its record and the version that it named', async () => {
    const { org, call, send } = setUp();
    await send('PUT', { id: 'order', schemaId, customAttributes: { a: 1 } });
    await send('PATCH', { id: 'order', version: 1, customAttributes: { a: { b: 2 } } });
    await send('PATCH', { id: 'order', version: 1, customAttributes: { a: 3 } });
    org.client.permissions = [];
    await send('PATCH', { id: 'order', customAttributes: { a: 4 } });
    const common = {
      at: 0,
      client: 'app',
      token: org.token.digest,
      target: 'custom-attributes',
      conversationId: call.id,
      participantIds: [],
      recordId: 'order',
      ifMatch: undefined,
    };
    expect(org.ledger.writes).to.deep.equal([
      { ...common, attributes: { a: 1 }, bodyVersion: undefined, version: 0, status: 200 },
      { ...common, attributes: { a: { b: 2 } }, bodyVersion: 1, version: 1, status: 204 },
      { ...common, attributes: { a: 3 }, bodyVersion: 1, version: 2, status: 409 },
      { ...common, attributes: { a: 4 }, bodyVersion: undefined, version: 2, status: 403 },
    ]);
  });

  it('refuse a body they cannot use, and what is not there', async () => {
    const { org, call, path, send, read } = setUp();
    org.world.putCustom(call.conversation!, 'order', { schemaId, customAttributes: {} });
    for (const method of ['PUT', 'PATCH'] as const)
      for (const body of [{ customAttributes: {} }, { id: '', customAttributes: {} }, { id: 'order' }])
        expect((await send(method, body)).status).to.equal(400);
    // "Required for create, cannot be updated"
    expect((await send('PUT', { id: 'other', customAttributes: {} })).status).to.equal(400);
    expect((await send('PUT', { id: 'order', schemaId: 'other', customAttributes: {} })).status).to.equal(400);
    expect((await send('PATCH', { id: 'other', customAttributes: {} })).status).to.equal(404);
    expect((await read('other')).status).to.equal(404);
    const elsewhere = path.replace(call.id, 'none');
    for (const [method, url] of [
      ['GET', elsewhere],
      ['GET', `${elsewhere}/order`],
      ['DELETE', `${elsewhere}/order`],
    ] as const)
      expect((await org.request(method, url)).status).to.equal(404);
    expect((await org.request('PATCH', elsewhere, { id: 'order', customAttributes: {} })).status).to.equal(404);
    expect(org.ledger.writes).to.be.empty;
  });

  it('ask for the permissions of the published API', async () => {
    const { org, call, path, send } = setUp({ permissions: ['conversation:view', 'conversation:write'] });
    org.world.putCustom(call.conversation!, 'order', { customAttributes: {} });
    const missing = async (answer: Promise<Reply>): Promise<unknown> => {
      const { status, body } = await answer;
      expect(status).to.equal(403);
      return (body as { messageParams: { permissions?: unknown } }).messageParams.permissions;
    };
    expect(await missing(org.request('GET', path))).to.equal('conversation:customAttributes:view');
    expect(await missing(org.request('GET', `${path}/order`))).to.equal('conversation:customAttributes:view');
    expect(await missing(org.request('DELETE', `${path}/order`))).to.equal('conversation:customAttributes:delete');
    for (const method of ['PUT', 'PATCH'] as const)
      expect(await missing(send(method, { id: 'order', customAttributes: {} }))).to.equal('conversation:customAttributes:edit');
  });
});
