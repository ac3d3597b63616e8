import { expect } from 'chai';
import { Org } from '../org.js';

describe('the conversation routes of the simulator', () => {
  it('read a conversation in the published shapes, without an ETag', async () => {
    const org = new Org();
    const call = org.call();
    const a = await org.request('GET', `/api/v2/conversations/${call.id}`);
    expect(a.body).to.have.nested.property('participants[0].calls[0].state', 'connected');
    expect(a.body).to.have.property('startTime');
    expect(a.headers).not.to.have.property('etag');
    const b = await org.request('GET', `/api/v2/conversations/calls/${call.id}`);
    expect(b.body).to.have.nested.property('participants[2].queue.id', 'billing');
    expect((await org.request('GET', '/api/v2/conversations')).body).to.have.property('entities').that.is.empty;
  });

  it('read the attributes of all participants', async () => {
    const org = new Org();
    const call = org.call();
    const [customer, , acd] = call.conversation!.participants;
    org.world.write(
      call.conversation!,
      new Map([
        [customer!, { tier: 'gold' }],
        [acd!, { queue: 'q' }],
      ]),
    );
    const { body } = await org.request('GET', `/api/v2/conversations/${call.id}`);
    const { participants } = body as { participants: { purpose: string; attributes: unknown }[] };
    expect(participants.map(({ purpose, attributes }) => [purpose, attributes])).to.deep.equal([
      ['customer', { tier: 'gold' }],
      ['ivr', {}],
      ['acd', { queue: 'q' }],
    ]);
  });

  it('are there whatever ways to write the org answers to', async () => {
    const org = new Org({ served: [] });
    const { id } = org.call();
    for (const path of [id, `calls/${id}`]) expect((await org.request('GET', `/api/v2/conversations/${path}`)).status).to.equal(200);
  });

  it('answer 403 for what is not there to a client that may not even know', async () => {
    const org = new Org({ permissions: [] });
    const asked = [
      ['GET', 'none'],
      ['GET', 'calls/none'],
      ['GET', 'voice/none'],
      ['GET', 'none/secureattributes'],
      ['GET', 'none/customattributes'],
      ['PATCH', 'voice/none/participants/p'],
      ['PATCH', 'none/participants/p/attributes'],
      ['PUT', 'none/secureattributes'],
      ['PATCH', 'none/customattributes'],
    ] as const;
    for (const [method, path] of asked)
      expect((await org.request(method, `/api/v2/conversations/${path}`, {})).status, `${method} ${path}`).to.equal(403);
  });

  it('answer 404 for what is not there', async () => {
    const org = new Org();
    for (const path of ['none', 'calls/none']) {
      const { status, body } = await org.request('GET', `/api/v2/conversations/${path}`);
      expect(status, path).to.equal(404);
      expect(body).to.have.property('code', 'not.found');
    }
  });

  for (const [disguised, expected] of [
    [false, 403],
    [true, 409],
  ] as const) {
    it(`answer ${expected} for a missing permission${disguised ? ', in disguise' : ''}`, async () => {
      const org = new Org({ permissions: [] });
      org.faults.disguiseForbidden = disguised;
      const { id } = org.call();
      for (const path of [id, `calls/${id}`]) {
        const { status, body } = await org.request('GET', `/api/v2/conversations/${path}`);
        expect(status, path).to.equal(expected);
        expect(body).to.include({ code: 'missing.permissions', status: expected });
        expect(body).to.have.property('message').that.includes('conversation:view');
      }
    });
  }
});
