import { expect } from 'chai';
import { Org } from '../org.js';

describe('the attribute routes of the simulator', () => {
  for (const media of ['', 'calls/', 'callbacks/', 'emails/', 'messages/']) {
    it(`accept attributes under /conversations/${media}, and carry them out later`, async () => {
      const org = new Org();
      const call = org.call();
      const { id, attributes } = call.conversation!.participants[0]!;
      attributes['kept'] = 'yes';
      const path = `/api/v2/conversations/${media}${call.id}/participants/${id}/attributes`;
      const { status, body } = await org.request('PATCH', path, { attributes: { tier: 'gold' } });
      expect(status).to.equal(202);
      expect(body).to.deep.equal({ attributes: { tier: 'gold' } });
      await org.clock.advance(29);
      expect(attributes).to.deep.equal({ kept: 'yes' });
      expect(call.conversation!.version).to.equal(2);
      await org.clock.advance(121);
      expect(attributes).to.deep.equal({ kept: 'yes', tier: 'gold' });
      expect(call.conversation!.version).to.equal(3);
      expect(org.ledger.writes).to.have.length(1);
      expect(org.ledger.writes[0]).to.include({ status: 202, ifMatch: undefined, version: 2 });
    });
  }

  it('refuse what is not there, a map that is not of strings, and who may not write', async () => {
    const org = new Org();
    const call = org.call();
    const { id } = call.conversation!.participants[0]!;
    const status = async (path: string, body: unknown): Promise<number> =>
      (await org.request('PATCH', `/api/v2/conversations/${path}/attributes`, body)).status;
    expect(await status(`none/participants/${id}`, { attributes: {} })).to.equal(404);
    expect(await status(`${call.id}/participants/none`, { attributes: {} })).to.equal(404);
    expect(await status(`${call.id}/participants/${id}`, { attributes: { a: 1 } })).to.equal(400);
    org.client.permissions = ['conversation:view'];
    expect(await status(`${call.id}/participants/${id}`, { attributes: {} })).to.equal(403);
    org.faults.disguiseForbidden = true;
    expect(await status(`${call.id}/participants/${id}`, { attributes: {} })).to.equal(409);
  });

  it('take no attributes on the participant itself, which is a common mistake', async () => {
    const org = new Org();
    const call = org.call();
    const { id, attributes } = call.conversation!.participants[0]!;
    await org.request('PATCH', `/api/v2/conversations/${call.id}/participants/${id}`, { attributes: { a: '1' } });
    await org.clock.advance(1_000);
    expect(attributes).to.deep.equal({});
  });

  it('replace secure attributes if the version is the present one', async () => {
    const org = new Org();
    const path = `/api/v2/conversations/${org.call().id}/secureattributes`;
    expect((await org.request('GET', path)).body).to.deep.equal({ attributes: {}, version: 1 });
    expect((await org.request('PUT', path, { attributes: { pin: '1' }, version: 1 })).status).to.equal(202);
    expect((await org.request('PUT', path, { attributes: { pan: '2' }, version: 2 })).status).to.equal(202);
    const stale = await org.request('PUT', path, { attributes: { pin: '3' }, version: 2 });
    expect(stale.status).to.equal(409);
    expect(stale.body).to.have.property('code', 'general.conflict');
    expect((await org.request('GET', path)).body).to.deep.equal({ attributes: { pan: '2' }, version: 3 });
    expect((await org.request('PUT', path, { attributes: { pin: '1' } })).status).to.equal(400);
  });

  it('merge custom attributes, and check a version where one is given', async () => {
    const org = new Org();
    const { id } = org.call();
    const path = `/api/v2/conversations/${id}/customattributes`;
    expect((await org.request('GET', path)).body).to.deep.equal({ results: [] });
    const patch = async (body: object): Promise<number> => (await org.request('PATCH', path, body)).status;
    expect(await patch({ id: 'order', customAttributes: { a: 1 } })).to.equal(204);
    expect(await patch({ id: 'order', customAttributes: { b: 2 }, version: 1 })).to.equal(204);
    expect(await patch({ id: 'order', customAttributes: { b: 3 }, version: 1 })).to.equal(409);
    expect(await patch({ customAttributes: { b: 3 } })).to.equal(400);
    expect((await org.request('GET', path)).body).to.deep.equal({
      results: [{ id: 'order', conversationId: id, customAttributes: { a: 1, b: 2 }, version: 2 }],
    });
  });

  it('ask for permissions for secure and custom attributes', async () => {
    const org = new Org({ permissions: [] });
    const { id } = org.call();
    for (const [method, what] of [
      ['GET', 'secure'],
      ['PUT', 'secure'],
      ['GET', 'custom'],
      ['PATCH', 'custom'],
    ] as const) {
      const { status, body } = await org.request(
        method,
        `/api/v2/conversations/${id}/${what}attributes`,
        method === 'GET' ? undefined : {},
      );
      expect(status).to.equal(403);
      expect(body).to.have.property('code', 'missing.permissions');
    }
  });
});
