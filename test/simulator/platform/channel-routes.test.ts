import { expect } from 'chai';
import { Org } from '../org.js';

const topic = 'v2.routing.queues.billing.conversations.calls';

interface Channel {
  id: string;
  connectUri: string;
  expires: string;
}

async function makeChannel(org: Org): Promise<Channel> {
  const { status, body } = await org.request('POST', '/api/v2/notifications/channels', undefined, {
    host: 'org.test',
    'content-type': 'application/json',
  });
  expect(status).to.equal(200);
  return body as Channel;
}

describe('the channel routes of the simulator', () => {
  it('make a channel whose end is the earlier of its own and its token', async () => {
    const org = new Org({ tokenSeconds: 3_600 });
    const channel = await makeChannel(org);
    expect(channel.connectUri).to.equal(`ws://org.test/channels/${channel.id}`);
    expect(Date.parse(channel.expires)).to.equal(org.clock.wall() + 3_600_000);
  });

  it('tell by HEAD whether a channel lives', async () => {
    const org = new Org();
    const { id } = await makeChannel(org);
    expect((await org.request('HEAD', `/api/v2/notifications/channels/${id}`)).status).to.equal(200);
    expect((await org.request('HEAD', '/api/v2/notifications/channels/gone')).status).to.equal(404);
  });

  it('answer 404 for a channel that is gone', async () => {
    const org = new Org();
    for (const method of ['GET', 'POST', 'PUT', 'DELETE'] as const) {
      const { status, body } = await org.request(
        method,
        '/api/v2/notifications/channels/gone/subscriptions',
        method === 'GET' ? undefined : [{ id: topic }],
      );
      expect(status).to.equal(404);
      expect(body).to.include({ code: 'not.found', status: 404 });
    }
  });

  it('list, set, add and remove subscriptions', async () => {
    const org = new Org();
    const path = `/api/v2/notifications/channels/${(await makeChannel(org)).id}/subscriptions`;
    const listed = async (): Promise<unknown> => (await org.request('GET', path)).body;
    const entity = (id: string): object => ({ id, state: 'Permitted', selfUri: `/api/v2/notifications/${id}` });
    const put = await org.request('PUT', path, [{ id: topic }]);
    expect(put.body).to.deep.equal({ entities: [entity(topic)] });
    await org.request('POST', path, [{ id: 'v2.users.u.conversations' }]);
    expect(await listed()).to.deep.equal({ entities: [entity(topic), entity('v2.users.u.conversations')] });
    await org.request('PUT', path, [{ id: 'v2.users.u.presence' }]);
    expect(await listed()).to.deep.equal({ entities: [entity('v2.users.u.presence')] });
    expect((await org.request('DELETE', path)).status).to.equal(202);
    expect(await listed()).to.deep.equal({ entities: [] });
  });

  it('refuse a body that is no list of topics', async () => {
    const org = new Org();
    const { id } = await makeChannel(org);
    const { status } = await org.request('PUT', `/api/v2/notifications/channels/${id}/subscriptions`, { topics: [topic] });
    expect(status).to.equal(400);
  });

  it('fail as a whole for a forbidden topic, unless ignoreErrors is true', async () => {
    const org = new Org({ permissions: [] });
    const path = `/api/v2/notifications/channels/${(await makeChannel(org)).id}/subscriptions`;
    for (const query of ['', '?ignoreErrors=false']) {
      const { status, body } = await org.request('PUT', path + query, [{ id: topic }]);
      expect(status).to.equal(403);
      expect(body).to.have.property('code', 'missing.permissions');
    }
    const { status, body } = await org.request('PUT', `${path}?ignoreErrors=true`, [{ id: topic }]);
    expect(status).to.equal(200);
    expect(body).to.have.nested.property('entities[0].missingPermissions').that.deep.equals(['routing:queue:view']);
  });

  it('list the channels of a token, and of the client without the ids of other tokens', async () => {
    const org = new Org();
    const { id } = await makeChannel(org);
    org.channels.create(org.login());
    const own = await org.request('GET', '/api/v2/notifications/channels?includechannels=token');
    expect(own.body).to.have.property('entities').with.length(1);
    expect(own.body).to.have.nested.property('entities[0].id', id);
    const all = await org.request('GET', '/api/v2/notifications/channels?includechannels=oauthclient');
    expect(all.body).to.have.property('entities').with.length(2);
    expect(all.body).to.have.nested.property('entities[0].id', id);
    expect((all.body as { entities: object[] }).entities[1]).to.have.all.keys('expires');
  });
});
