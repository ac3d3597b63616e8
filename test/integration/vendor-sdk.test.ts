import { expect } from 'chai';
import sdk from 'purecloud-platform-client-v2';
import WebSocket from 'ws';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { openSimulator, queuedCall } from '../support/house.js';

const client = sdk.ApiClient.instance;

interface Vendor {
  simulator: Simulator;
  notifications: InstanceType<typeof sdk.NotificationsApi>;
  conversations: InstanceType<typeof sdk.ConversationsApi>;
  analytics: InstanceType<typeof sdk.AnalyticsApi>;
  routing: InstanceType<typeof sdk.RoutingApi>;
  users: InstanceType<typeof sdk.UsersApi>;
}

/** Points the vendor's client, as it is, at a simulator of its own, and logs in. */
async function withVendor(scenario: ScenarioInput, test: (vendor: Vendor) => Promise<void>): Promise<void> {
  const simulator = await openSimulator(scenario);
  try {
    client.setGateway({ host: '127.0.0.1', port: Number(new URL(simulator.url).port), protocol: 'http' });
    await client.loginClientCredentialsGrant(simulatorClient.id, simulatorClient.secret);
    await test({
      simulator,
      notifications: new sdk.NotificationsApi(),
      conversations: new sdk.ConversationsApi(),
      analytics: new sdk.AnalyticsApi(),
      routing: new sdk.RoutingApi(),
      users: new sdk.UsersApi(),
    });
  } finally {
    await simulator.close();
    await eventually("the SDK's idle connections have ended", () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
  }
}

/** What a promise was rejected with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to be refused');
}

interface Extended {
  status: number;
  headers: Record<string, string>;
}

/** The whole answer to a call, as the vendor's client shows it when it is asked to. */
async function extended(call: () => Promise<unknown>): Promise<Extended> {
  client.setReturnExtendedResponses(true);
  try {
    return (await call()) as Extended;
  } finally {
    client.setReturnExtendedResponses(false);
  }
}

describe("the vendor's SDK, unchanged, on the simulator", () => {
  before(() => {
    // it would watch a file in the home directory
    client.config.live_reload_config = false;
  });
  after(() => {
    client.clearAccessToken();
  });

  it('logs in with client credentials', () =>
    withVendor({ tokenSeconds: 1_800 }, async () => {
      const login = await client.loginClientCredentialsGrant(simulatorClient.id, simulatorClient.secret);
      expect(login.accessToken).to.be.a('string').that.is.not.empty;
      expect(login.tokenExpiryTime - Date.now()).to.be.within(1_700_000, 1_800_000);
    }));

  it('is told that a wrong secret is refused', () =>
    withVendor({}, async () => {
      const error = await rejection(client.loginClientCredentialsGrant(simulatorClient.id, 'wrong'));
      expect(error).to.have.nested.property('response.status', 401);
      expect(error).to.have.nested.property('response.data.error', 'invalid_client');
    }));

  it('makes a channel, and manages its subscriptions', () =>
    withVendor({}, async ({ simulator, notifications }) => {
      const [first = '', second = ''] = simulator.topics;
      const { id = '', connectUri, expires = '' } = await notifications.postNotificationsChannels();
      expect(connectUri).to.match(/^ws:\/\/127\.0\.0\.1:\d+\/channels\//);
      expect(Date.parse(expires) - Date.now()).to.be.within(86_000_000, 86_400_000);

      const put = await notifications.putNotificationsChannelSubscriptions(id, [{ id: first }]);
      expect(put.entities).to.have.length(1);
      expect(put.entities?.[0]).to.include({ id: first, state: 'Permitted' });
      await notifications.postNotificationsChannelSubscriptions(id, [{ id: second }]);
      const listed = await notifications.getNotificationsChannelSubscriptions(id);
      expect(listed.entities?.map((topic) => topic.id)).to.deep.equal([first, second]);

      const { entities = [] } = await notifications.getNotificationsChannels();
      expect(entities.map((channel) => channel.id)).to.deep.equal([id]);
      expect((await extended(() => notifications.headNotificationsChannel(id))).status).to.equal(200);

      await notifications.deleteNotificationsChannelSubscriptions(id);
      expect((await notifications.getNotificationsChannelSubscriptions(id)).entities).to.deep.equal([]);
    }));

  it('is told by HEAD that a channel is gone', () =>
    withVendor({}, async ({ simulator, notifications }) => {
      const { id = '' } = await notifications.postNotificationsChannels();
      simulator.channels.forget(simulator.channels.get(id));
      const error = await rejection(extended(() => notifications.headNotificationsChannel(id)));
      expect(error).to.have.property('status', 404);
    }));

  it('loses its first channel when it makes the 21st, without an error', () =>
    withVendor({ perMinute: 100_000 }, async ({ notifications }) => {
      const made: string[] = [];
      // the 16th within a second meets a 429
      await eventually('21 channels are made', async () => {
        try {
          made.push((await notifications.postNotificationsChannels()).id ?? '');
        } catch (error) {
          expect(error).to.include({ status: 429, code: 'too.many.requests.retry.after' });
        }
        return made.length === 21;
      });
      const { entities = [] } = await notifications.getNotificationsChannels();
      expect(entities.map(({ id }) => id)).to.deep.equal(made.slice(1));
    }));

  it('is told which part of a combined topic is forbidden', () =>
    withVendor({ permissions: ['conversation:communication:view'] }, async ({ simulator, notifications }) => {
      const { id = '' } = await notifications.postNotificationsChannels();
      const user = `v2.users.${simulator.users[0]!}`;
      const combined = `${user}?conversations&presence`;
      const { entities = [] } = await notifications.postNotificationsChannelSubscriptions(id, [{ id: combined }], { ignoreErrors: true });
      expect(entities.map((topic) => [topic.id, topic.state])).to.deep.equal([
        [combined, 'Permitted'],
        [`${user}.presence`, 'Rejected'],
      ]);
    }));

  it('is shown that channels of another token exist, but not their ids', () =>
    withVendor({}, async ({ notifications }) => {
      await notifications.postNotificationsChannels();
      await client.loginClientCredentialsGrant(simulatorClient.id, simulatorClient.secret);
      const own = await notifications.postNotificationsChannels();
      const { entities = [] } = await notifications.getNotificationsChannels({ includechannels: 'oauthclient' });
      expect(entities).to.have.length(2);
      expect(entities.map(({ id, connectUri }) => ({ id, connectUri }))).to.have.deep.members([
        { id: own.id, connectUri: own.connectUri },
        { id: undefined, connectUri: undefined },
      ]);
    }));

  it('receives the events of a call over the socket', () =>
    withVendor({}, async ({ simulator, notifications }) => {
      const [topic = ''] = simulator.topics;
      const { id = '', connectUri = '' } = await notifications.postNotificationsChannels();
      await notifications.putNotificationsChannelSubscriptions(id, [{ id: topic }]);
      const socket = new WebSocket(connectUri);
      const frames: {
        topicName: string;
        version: string;
        eventBody: { id: string; participants: { purpose: string }[] };
        metadata: unknown;
      }[] = [];
      socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8')) as (typeof frames)[number]));
      await new Promise((resolve) => socket.once('open', resolve));
      const call = queuedCall(simulator);
      await eventually('an event comes', () => frames.length > 0);
      const [event] = frames;
      expect(event).to.include({ topicName: topic, version: '2' });
      expect(event?.metadata).to.have.property('CorrelationId').that.is.a('string');
      expect(event?.eventBody.id).to.equal(call.id);
      expect(event?.eventBody.participants.map(({ purpose }) => purpose)).to.deep.equal(['customer', 'ivr', 'acd']);
      expect(event?.eventBody.participants[0]).to.include.keys(
        'id',
        'state',
        'direction',
        'startTime',
        'held',
        'muted',
        'ani',
        'attributes',
      );
      expect(event?.eventBody).not.to.have.property('startTime');
      socket.terminate();
    }));

  for (const name of ['patchConversationParticipantAttributes', 'patchConversationsCallParticipantAttributes'] as const) {
    it(`writes attributes by ${name}: accepted now, there later, in an event and in a read`, () =>
      withVendor({}, async ({ simulator, notifications, conversations }) => {
        const [topic = ''] = simulator.topics;
        const { id = '', connectUri = '' } = await notifications.postNotificationsChannels();
        await notifications.putNotificationsChannelSubscriptions(id, [{ id: topic }]);
        const call = queuedCall(simulator);
        const customer = call.conversation!.participants[0]!.id;
        const socket = new WebSocket(connectUri);
        let heard = false;
        socket.on('message', (data: Buffer) => (heard ||= data.toString('utf8').includes('"attributes":{"tier":"gold"}')));
        await new Promise((resolve) => socket.once('open', resolve));

        const answer = await extended(() => conversations[name](call.id, customer, { attributes: { tier: 'gold' } }));
        expect(answer.status).to.equal(202);
        await eventually('an event tells it', () => heard);
        const read = await conversations.getConversation(call.id);
        expect(read.participants.find((participant) => participant.id === customer)?.attributes).to.deep.equal({ tier: 'gold' });
        socket.terminate();
      }));
  }

  it('reads and replaces secure attributes with their version', () =>
    withVendor({}, async ({ simulator, conversations }) => {
      const { id } = queuedCall(simulator);
      const before = await conversations.getConversationSecureattributes(id);
      const { version = 0 } = before;
      expect(before.attributes).to.deep.equal({});
      await conversations.putConversationSecureattributes(id, { attributes: { pin: '1' }, version });
      expect(await conversations.getConversationSecureattributes(id)).to.deep.equal({ attributes: { pin: '1' }, version: version + 1 });
      const stale = await rejection(conversations.putConversationSecureattributes(id, { attributes: { pin: '2' }, version }));
      expect(stale).to.include({ status: 409, code: 'general.conflict' });
    }));

  it('merges into secure attributes, for which a version does not count', () =>
    withVendor({}, async ({ simulator, conversations }) => {
      const { id } = queuedCall(simulator);
      await conversations.putConversationSecureattributes(id, { attributes: { pin: '1' }, version: 1 });
      const answer = await extended(() => conversations.patchConversationSecureattributes(id, { attributes: { pan: '2' }, version: 1 }));
      expect(answer).to.include({ status: 202, body: 'Accepted' });
      expect(await conversations.getConversationSecureattributes(id)).to.deep.equal({ attributes: { pin: '1', pan: '2' }, version: 3 });
    }));

  it('creates, reads, amends, replaces and deletes custom attributes', () =>
    withVendor({}, async ({ simulator, conversations }) => {
      const { id } = queuedCall(simulator);
      const order = { id: 'order', schemaId: 'orders', customAttributes: { item: { number: 7 } } };
      expect(await conversations.putConversationCustomattributes(id, { body: order })).to.deep.equal({ id: 'order' });
      const patch = { id: 'order', version: 1, customAttributes: { size: { cm: 3 } } };
      expect((await extended(() => conversations.patchConversationCustomattributes(id, { body: patch }))).status).to.equal(204);

      const both = { item: { number: 7 }, size: { cm: 3 } };
      const { results = [] } = await conversations.getConversationCustomattributes(id);
      expect(results).to.have.length(1);
      expect(results[0]).to.deep.include({ id: 'order', conversationId: id, customAttributes: both, version: 2 });
      expect(await conversations.getConversationCustomattribute(id, 'order')).to.deep.equal(results[0]);
      expect(results[0]?.schema?.id).to.equal('orders');

      const { customAttributes } = patch;
      await conversations.putConversationCustomattributes(id, { body: { id: 'order', version: 2, customAttributes } });
      expect(await conversations.getConversationCustomattribute(id, 'order')).to.deep.include({ customAttributes, version: 3 });
      await conversations.deleteConversationCustomattribute(id, 'order');
      expect(await rejection(conversations.getConversationCustomattribute(id, 'order'))).to.include({ status: 404, code: 'not.found' });
    }));

  for (const name of ['putConversationCustomattributes', 'patchConversationCustomattributes'] as const) {
    it(`meets a conflict by ${name} with a version that is not the present one`, () =>
      withVendor({}, async ({ simulator, conversations }) => {
        const { id } = queuedCall(simulator);
        const body = { id: 'order', schemaId: 'orders', customAttributes: { item: {} } };
        for (let count = 0; count < 2; count += 1) await conversations.putConversationCustomattributes(id, { body });
        const stale = await rejection(conversations[name](id, { body: { ...body, version: 1 } }));
        expect(stale).to.deep.include({ status: 409, code: 'general.conflict', messageParams: { version: '2' } });
      }));
  }

  it('finds queues by name, by ids and by division, page by page', () =>
    withVendor({ queues: 7 }, async ({ simulator, routing }) => {
      const { queues, divisions } = simulator.directory;
      const [first = '', second = '', third = ''] = queues.ids;
      const all = await routing.getRoutingQueues({ pageSize: 5, pageNumber: 2 });
      expect(all).to.include({ pageSize: 5, pageNumber: 2, total: 7, pageCount: 2 });
      expect(all.entities?.map(({ name }) => name)).to.deep.equal(['Support 2', 'Support 5']);
      const named = await routing.getRoutingQueues({ name: 'bill*' });
      expect(named.entities?.map(({ name }) => name)).to.deep.equal(['Billing 1', 'Billing 4', 'Billing 7']);
      expect(named.entities?.[0]).to.deep.include({ id: first });
      expect(named.entities?.[0]?.division).to.include({ id: divisions[0].id, name: 'Home' });
      const some = await routing.getRoutingQueues({ id: [first, second, third], divisionId: [divisions[0].id], sortOrder: 'desc' });
      expect(some.entities?.map(({ id }) => id)).to.deep.equal([third, first]);
      const one = await routing.getRoutingQueues({ id: [second], divisionId: divisions.map(({ id }) => id) });
      expect(one.entities?.map(({ id }) => id)).to.deep.equal([second]);
    }));

  it('finds users by ids', () =>
    withVendor({ users: 30 }, async ({ simulator, users }) => {
      const ids = simulator.users.slice(3, 5);
      const { entities = [] } = await users.getUsers({ id: [...ids] });
      expect(entities.map(({ id, name, version, state }) => ({ id, name, version, state }))).to.deep.equal([
        { id: ids[0], name: 'Agent 4', version: 1, state: 'active' },
        { id: ids[1], name: 'Agent 5', version: 1, state: 'active' },
      ]);
      const { total, entities: page = [] } = await users.getUsers();
      expect({ total, page: page.length }).to.deep.equal({ total: 30, page: 25 });
      expect(await rejection(users.getUsers({ pageSize: 101 }))).to.include({ status: 400 });
    }));

  it('finds by analytics the live conversations of queues and of users', () =>
    withVendor({}, async ({ simulator, analytics, conversations }) => {
      const [queue = '', other = ''] = simulator.queues;
      const [user = ''] = simulator.users;
      const call = queuedCall(simulator);
      call.perform({ do: 'alert', userId: user });
      queuedCall(simulator, 1).perform({ do: 'hang-up' });
      const query = (dimension: string, value: string): Parameters<typeof analytics.postAnalyticsConversationsDetailsQuery>[0] => ({
        interval: `${new Date(Date.now() - 60_000).toISOString()}/${new Date(Date.now() + 60_000).toISOString()}`,
        segmentFilters: [{ type: 'or', predicates: [{ dimension, value }] }],
        conversationFilters: [{ type: 'and', predicates: [{ dimension: 'conversationEnd', operator: 'notExists' }] }],
        paging: { pageSize: 100, pageNumber: 1 },
        order: 'asc',
        orderBy: 'conversationStart',
      });
      for (const [dimension, value] of [
        ['queueId', queue],
        ['userId', user],
      ] as const) {
        const found = await analytics.postAnalyticsConversationsDetailsQuery(query(dimension, value));
        expect(found.totalHits, dimension).to.equal(1);
        const [conversation] = found.conversations ?? [];
        expect(conversation?.conversationId).to.equal(call.id);
        const read = await conversations.getConversation(call.id);
        expect(conversation?.conversationStart).to.equal(read.startTime);
        expect(conversation?.conversationEnd).to.be.undefined;
        const { participants = [] } = conversation ?? {};
        expect(participants.map(({ participantId }) => participantId)).to.deep.equal(read.participants.map(({ id }) => id));
        expect(participants.map(({ purpose }) => purpose)).to.deep.equal(['customer', 'ivr', 'acd', 'agent']);
        expect(participants[2]?.sessions?.[0]?.segments?.[0]).to.include({ queueId: queue, segmentType: 'interact' });
        expect(participants[3]).to.include({ userId: user });
      }
      expect(await conversations.postAnalyticsConversationsDetailsQuery(query('queueId', other))).to.deep.equal({ totalHits: 0 });
      expect(await rejection(analytics.postAnalyticsConversationsDetailsQuery({ interval: 'today' }))).to.include({ status: 400 });
    }));

  it('surfaces a 404 as the error body of the platform', () =>
    withVendor({}, async ({ conversations }) => {
      const error = await rejection(conversations.getConversation('none'));
      expect(error).to.include({ status: 404, code: 'not.found' });
      expect(error).to.have.all.keys('message', 'code', 'status', 'messageWithParams', 'messageParams', 'contextId', 'details', 'errors');
    }));

  it('surfaces what a client may not list or query', () =>
    withVendor({ permissions: [] }, async ({ analytics, routing, users }) => {
      for (const [call, permission] of [
        [routing.getRoutingQueues(), 'routing:queue:view'],
        [users.getUsers(), 'directory:user:view'],
        [analytics.postAnalyticsConversationsDetailsQuery({ interval: '' }), 'analytics:conversationDetail:view'],
      ] as const) {
        const error = await rejection(call);
        expect(error).to.include({ status: 403, code: 'missing.permissions' });
        expect(error).to.have.property('message').that.includes(permission);
      }
    }));

  it('surfaces a missing permission with its name', () =>
    withVendor({ permissions: ['routing:queue:view'] }, async ({ simulator, notifications, conversations }) => {
      const { id } = queuedCall(simulator);
      const error = await rejection(conversations.getConversation(id));
      expect(error).to.include({ status: 403, code: 'missing.permissions' });
      expect(error).to.have.property('message').that.includes('conversation:view');

      const channel = await notifications.postNotificationsChannels();
      const topics = [{ id: simulator.topics[0]! }, { id: `v2.users.${simulator.users[0]!}.conversations` }];
      const refused = await rejection(notifications.putNotificationsChannelSubscriptions(channel.id!, topics));
      expect(refused).to.include({ status: 403, code: 'missing.permissions' });
      const { entities = [] } = await notifications.putNotificationsChannelSubscriptions(channel.id!, topics, { ignoreErrors: true });
      expect(entities.map(({ state }) => state)).to.deep.equal(['Permitted', 'Rejected']);
      expect(entities[1]?.missingPermissions).to.deep.equal(['conversation:communication:view']);
    }));
});
