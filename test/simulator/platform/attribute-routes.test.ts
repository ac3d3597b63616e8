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

  it('carry them out as late, and as another org, where they are told to', async () => {
    const org = new Org();
    Object.assign(org.faults, { acceptedDelay: [700, 700], attributeWrites: 'replace', emptyAttributes: 'deleted' });
    const call = org.call();
    const [customer] = call.conversation!.participants;
    customer!.attributes = { kept: 'no' };
    const path = `/api/v2/conversations/${call.id}/participants/${customer!.id}/attributes`;
    expect((await org.request('PATCH', path, { attributes: { tier: 'gold', empty: '' } })).status).to.equal(202);
    await org.clock.advance(699);
    expect(customer!.attributes).to.deep.equal({ kept: 'no' });
    await org.clock.advance(1);
    expect(customer!.attributes).to.deep.equal({ tier: 'gold' });
    expect(call.conversation!.version).to.equal(3);
  });

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
    expect(org.ledger.writes.map((write) => [write.target, write.status])).to.deep.equal([['attributes', 403]]);
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
});
