import { expect } from 'chai';
import { parseScenario, type ScenarioInput } from '../../src/simulator/scenario.js';
import { Simulator, simulatorClient } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';
import { queuedCall } from '../support/house.js';
import { basic } from './org.js';

function make(scenario: ScenarioInput = {}, seed = 1) {
  const clock = new FakeClock();
  return { clock, simulator: new Simulator({ scenario: parseScenario(scenario), seed, clock }) };
}

async function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url, { headers: { ...headers, connection: 'close' } });
  return { status: answer.status, body: await answer.json() };
}

/** Open TCP connections, both ends counted. */
const connections = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

const gone = (): Promise<void> => eventually('its connections have ended', () => connections() === 0);

describe('the simulator', () => {
  it('is the same org for the same seed, and another one for another', () => {
    const org = (seed: number): unknown => {
      const { queues, users, customers } = make({}, seed).simulator;
      return { queues, users, customers };
    };
    expect(org(1)).to.deep.equal(org(1));
    expect(org(1)).not.to.deep.equal(org(2));
  });

  it('is as large as its scenario says', () => {
    const { simulator } = make({ queues: 3, users: 4, customers: 7, permissions: ['conversation:view'], tokenSeconds: 300 });
    expect(simulator.queues).to.have.length(3);
    expect(simulator.users).to.have.length(4);
    expect(simulator.customers).to.have.length(7);
    expect(simulator.client).to.deep.equal({ ...simulatorClient, permissions: ['conversation:view'], tokenSeconds: 300 });
    expect(simulator.topics).to.deep.equal(simulator.queues.map((id) => `v2.routing.queues.${id}.conversations.calls`));
  });

  it('has as many OAuth clients as its scenario says, each with tokens of its own', () => {
    const { simulator } = make({ clients: 3 });
    expect(simulator.clients.map(({ id }) => id)).to.deep.equal(['simulator', 'simulator-2', 'simulator-3']);
    expect(simulator.clients[0]).to.equal(simulator.client);
    for (const client of simulator.clients) {
      const granted = simulator.oauth.grant(basic(client.id, simulatorClient.secret), 'client_credentials');
      expect(granted).to.have.nested.property('token.client', client);
    }
  });

  it('answers to no way of writing that its scenario leaves out', async () => {
    const { simulator } = make({ targets: ['attributes'], faults: {} });
    await simulator.listen();
    try {
      const granted = simulator.oauth.grant(basic(simulatorClient.id, simulatorClient.secret), 'client_credentials');
      if (!('token' in granted)) throw new Error('the login was refused');
      const { id } = queuedCall(simulator);
      const status = async (path: string): Promise<number> =>
        (await get(`${simulator.url}/api/v2/conversations/${path}`, { authorization: `Bearer ${granted.token.value}` })).status;
      expect(await status(`voice/${id}`)).to.equal(404);
      expect(await status(id)).to.equal(200);
    } finally {
      await simulator.close();
      await gone();
    }
  });

  it('plays its calls under topics that a client can know beforehand, and tells each action', async () => {
    const actions: string[] = [];
    const clock = new FakeClock();
    const simulator = new Simulator({
      scenario: parseScenario({ calls: { most: 1, pace: 10, talkMs: [100, 200] } }),
      seed: 1,
      clock,
      onAction: (_, { action }) => actions.push(action.do),
    });
    simulator.engine.start();
    await clock.advance(60_000);
    await simulator.engine.done;
    const [call] = simulator.engine.calls;
    expect(actions[0]).to.equal('start');
    expect(actions.at(-1)).to.equal('wrap-up');
    expect(call?.ani).to.equal(simulator.customers[0]?.phone);
    for (const { queueId, userId } of call!.conversation!.participants) {
      expect(queueId).to.be.oneOf([undefined, ...simulator.queues]);
      expect(userId).to.be.oneOf([undefined, ...simulator.users]);
    }
    await simulator.close();
  });

  it('sends its calls to the queues that there are when they come, and to no others', async () => {
    const { clock, simulator } = make({ queues: 2, users: 1, calls: { perMinute: 60, declined: 0, transferred: 0 } });
    const { queues } = simulator.directory;
    const seen = (): Set<string | undefined> =>
      new Set(
        simulator.engine.calls.splice(0).flatMap(({ conversation }) => (conversation?.participants ?? []).map(({ queueId }) => queueId)),
      );
    simulator.engine.start();
    await clock.advance(60_000);
    const before = [...simulator.queues];
    expect(seen()).to.include.all.keys(...before);
    simulator.engine.stop();
    const { id } = queues.add('Claims');
    for (const each of before) queues.remove(each);
    expect(simulator.topics).to.deep.equal([`v2.routing.queues.${id}.conversations.calls`]);
    simulator.engine.start();
    await clock.advance(60_000);
    expect([...seen()].sort()).to.deep.equal([undefined, id].sort());
    await simulator.close();
  });

  it('serves the API and the CRM on ports of 127.0.0.1', async () => {
    const { simulator } = make({ faults: {}, crm: { latency: [0, 0] } });
    await simulator.listen();
    try {
      expect(simulator.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect((await get(`${simulator.url}/api/v2/conversations`)).status).to.equal(401);
      const [customer] = simulator.customers;
      expect((await get(`${simulator.crmUrl}/customers?phone=${encodeURIComponent(customer!.phone)}`)).body).to.deep.equal(customer);
      simulator.crmFaults.failing = 1;
      expect((await get(`${simulator.crmUrl}/customers?phone=1`)).status).to.equal(503);
    } finally {
      await simulator.close();
      await gone();
    }
  });

  it('leaves no timer behind when it is closed, whatever was under way', async () => {
    const { clock, simulator } = make({ faults: { latencyUp: [50, 50], eventDelay: [1_000, 1_000] }, crm: { latency: [50, 50] } });
    await simulator.listen();
    simulator.engine.start();
    queuedCall(simulator);
    const granted = simulator.oauth.grant(basic(simulatorClient.id, simulatorClient.secret), 'client_credentials');
    if (!('token' in granted)) throw new Error('the login was refused');
    const cut = get(`${simulator.url}/api/v2/conversations`, { authorization: `Bearer ${granted.token.value}` }).then(
      () => 'answered',
      () => 'cut',
    );
    await eventually('the request is under way', () => connections() === 2);
    await simulator.close();
    expect(await cut).to.equal('cut');
    expect(clock.timers).to.equal(0);
    await gone();
  });
});
