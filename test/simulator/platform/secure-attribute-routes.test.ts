import { expect } from 'chai';
import { Org, type Reply } from '../org.js';

function setUp(options: ConstructorParameters<typeof Org>[0] = {}) {
  const org = new Org(options);
  const call = org.call();
  const path = `/api/v2/conversations/${call.id}/secureattributes`;
  const send = (method: 'PUT' | 'PATCH', body: unknown): Promise<Reply> => org.request(method, path, body);
  const read = async (): Promise<unknown> => (await org.request('GET', path)).body;
  return { org, call, path, send, read };
}

describe('the secure attribute routes of the simulator', () => {
  it('set all of them with PUT if the version is the present one', async () => {
    const { send, read } = setUp();
    expect(await read()).to.deep.equal({ attributes: {}, version: 1 });
    const first = await send('PUT', { attributes: { pin: '1' }, version: 1 });
    expect(first).to.deep.include({ status: 202, body: 'Accepted' });
    expect(first.headers['content-type']).to.include('application/json');
    expect((await send('PUT', { attributes: { pan: '2' }, version: 2 })).status).to.equal(202);
    expect(await read()).to.deep.equal({ attributes: { pan: '2' }, version: 3 });
  });

  for (const told of [true, false]) {
    it(`answer 409 to another version, and ${told ? 'tell' : 'keep to themselves'} the present one`, async () => {
      const { org, send, read } = setUp();
      org.faults.conflictEtag = told;
      await send('PUT', { attributes: { pin: '1' }, version: 1 });
      const { status, body } = await send('PUT', { attributes: { pin: '2' }, version: 1 });
      expect(status).to.equal(409);
      expect(body).to.deep.include({ code: 'general.conflict', messageParams: told ? { version: '2' } : {} });
      expect(await read()).to.deep.equal({ attributes: { pin: '1' }, version: 2 });
    });
  }

  it('merge with PATCH, whatever version it names', async () => {
    const { send, read } = setUp();
    await send('PUT', { attributes: { pin: '1', pan: '2' }, version: 1 });
    expect(await send('PATCH', { attributes: { pin: '3' } })).to.deep.include({ status: 202, body: 'Accepted' });
    expect((await send('PATCH', { attributes: { cvc: '4' }, version: 1 })).status).to.equal(202);
    expect(await read()).to.deep.equal({ attributes: { pin: '3', pan: '2', cvc: '4' }, version: 4 });
  });

  it('leave the version of the conversation as it is, and tell no event', async () => {
    const { org, call, send } = setUp();
    let told = 0;
    org.world.listen(() => (told += 1));
    await send('PUT', { attributes: { pin: '1' }, version: 1 });
    expect(told).to.equal(0);
    expect(call.conversation!.version).to.equal(2);
  });

  it('record each write, with the version that it named', async () => {
    const { org, call, send } = setUp();
    await send('PUT', { attributes: { pin: '1' }, version: 1 });
    await send('PUT', { attributes: { pin: '2' }, version: 1 });
    await send('PATCH', { attributes: { pin: '3' } });
    org.client.permissions = [];
    await send('PATCH', { attributes: { pin: '4' } });
    const sender = { client: 'app', token: org.token.digest };
    const common = { at: 0, ...sender, target: 'secure-attributes', conversationId: call.id, participantIds: [], ifMatch: undefined };
    expect(org.ledger.writes).to.deep.equal([
      { ...common, attributes: { pin: '1' }, bodyVersion: 1, version: 1, status: 202 },
      { ...common, attributes: { pin: '2' }, bodyVersion: 1, version: 2, status: 409 },
      { ...common, attributes: { pin: '3' }, bodyVersion: undefined, version: 2, status: 202 },
      { ...common, attributes: { pin: '4' }, bodyVersion: undefined, version: 3, status: 403 },
    ]);
  });

  it('refuse a body they cannot use, and a conversation that is not there', async () => {
    const { org, send } = setUp();
    for (const body of [{ attributes: { pin: '1' } }, { attributes: { pin: 1 }, version: 1 }, { version: 1 }])
      expect((await send('PUT', body)).status).to.equal(400);
    expect((await send('PATCH', {})).status).to.equal(400);
    for (const method of ['GET', 'PUT', 'PATCH'] as const) {
      const body = method === 'GET' ? undefined : { attributes: {}, version: 1 };
      expect((await org.request(method, '/api/v2/conversations/none/secureattributes', body)).status).to.equal(404);
    }
    expect(org.ledger.writes).to.be.empty;
  });

  it('ask for the permissions of the published API', async () => {
    const { org, path, send } = setUp({ permissions: ['conversation:view', 'conversation:write'] });
    const refused = async (answer: Promise<Reply>): Promise<unknown> => {
      const { status, body } = await answer;
      expect(status).to.equal(403);
      return (body as { messageParams: unknown }).messageParams;
    };
    expect(await refused(org.request('GET', path))).to.deep.equal({ permissions: 'conversation:participant:attributesview' });
    for (const method of ['PUT', 'PATCH'] as const)
      expect(await refused(send(method, { attributes: {}, version: 1 }))).to.deep.equal({
        permissions: 'conversation:participant:attributesedit',
      });
  });
});
