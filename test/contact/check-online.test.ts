import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { systemClock, type Clock } from '../../src/base/clock.js';
import { checkOnline, type Outcome } from '../../src/contact/check-online.js';
import type { Finding } from '../../src/contact/finding.js';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { cleanup } from '../genesys/support/cleanup.js';
import { AheadClock, fillChannels } from '../support/full-client.js';
import { configFor, openSimulator, type ConfigInput } from '../support/house.js';
import { RecordingLog } from '../support/recording-log.js';

/** All that the daemon may need, so that a test can take one away. */
const permissions = [
  'routing:queue:view',
  'directory:user:view',
  'conversation:view',
  'conversation:write',
  'analytics:conversationDetail:view',
];
const without = (...missing: string[]): string[] => permissions.filter((permission) => !missing.includes(permission));

interface Checking {
  scenario?: ScenarioInput;
  config?: ConfigInput | ((simulator: Simulator) => ConfigInput);
  secret?: string;
  clock?: Clock;
  proxyFor?: () => string;
  before?: (simulator: Simulator) => unknown;
}

describe('a check of the org', () => {
  const closing = cleanup();
  let simulator: Simulator;
  let ahead: AheadClock;

  const check = async (options: Checking = {}): Promise<{ outcome: Outcome; lines: string[] }> => {
    const { scenario = {}, config, secret = simulatorClient.secret, clock = systemClock, proxyFor = (): string => '' } = options;
    const opened = await openSimulator(scenario, 1, (ahead = new AheadClock()));
    simulator = opened;
    closing(() => opened.close());
    await options.before?.(simulator);
    const found: Finding[] = [];
    const outcome = await checkOnline({
      config: configFor(simulator, typeof config === 'function' ? config(simulator) : config),
      ...{ clock, proxyFor, clientSecret: () => secret, log: new RecordingLog(), tell: (finding) => found.push(finding) },
    });
    return { outcome, lines: found.map(({ state, what, detail }) => `${state} ${what}: ${detail}`) };
  };
  const host = (): string => new URL(simulator.url).host;

  it('finds nothing wrong where all is right, and leaves no channel behind', async () => {
    const { outcome, lines } = await check({ scenario: { permissions } });
    expect(lines.map((line) => line.replace(/\d+ ms/, '9 ms'))).to.deep.equal([
      `ok login: ${host()} answers, without a proxy`,
      'ok token: granted within 9 ms, good for 24 h',
      `ok api: ${host()} answers, without a proxy`,
      'ok clock: as the platform’s, as far as a date in whole seconds tells',
      'ok channels: 0 of 20 in use, without the one of this check',
      `ok streaming: ${host()} answers, without a proxy`,
      'ok topics: 2 of 2 permitted',
      'ok target: voice is there, to read and to write',
      'ok search: calls that began during a gap can be found',
    ]);
    expect(outcome).to.equal('ok');
    expect(simulator.channels.all()).to.deep.equal([]);
    expect(simulator.ledger.requests.get('DELETE /api/v2/notifications/channels/:id/subscriptions')).to.equal(1);
    expect(simulator.ledger.writes).to.deep.equal([]);
  });

  it('ends at once where the OAuth client is refused, and says what the platform said', async () => {
    const { outcome, lines } = await check({ secret: 'wrong' });
    expect(outcome).to.equal('refused');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^fail token: the OAuth client was refused \(status 401.*it said: client not found or secret wrong$/);
  });

  it('names the permission that a topic is missing, and the topics', async () => {
    const { outcome, lines } = await check({
      scenario: { permissions: without('routing:queue:view'), queues: 5 },
      config: ({ topics, users }) => ({
        notifications: { topics: [...topics, `v2.users.${users[0] ?? ''}.conversations`, 'v2.nonsense'] },
      }),
    });
    expect(outcome).to.equal('failed');
    const topics = lines.filter((line) => line.includes(' topics: '));
    expect(topics[0]).to.match(/^fail topics: 5 refused, missing routing:queue:view: v2\.\S+, v2\.\S+, v2\.\S+ and 2 more$/);
    expect(topics.slice(1)).to.deep.equal([
      'fail topics: 1 refused, missing conversation:communication:view: v2.users.' + (simulator.users[0] ?? '') + '.conversations',
      'fail topics: 1 refused, notification.invalid.topic: v2.nonsense',
    ]);
  });

  it('warns of no topics, and of a selector that fits nothing', async () => {
    const empty = await check({ config: { notifications: { topics: [] } } });
    expect(empty.lines).to.include('warn topics: none are wanted: only webhooks and the local API tell of calls');
    expect(empty.outcome).to.equal('ok');
    const { outcome, lines } = await check({
      config: {
        notifications: {
          topics: [
            { queues: '*', suffix: 'conversations.calls' },
            { queues: 'No such*', suffix: 'conversations' },
          ],
        },
      },
    });
    expect(lines.filter((line) => line.includes('selector'))).to.deep.equal([
      'ok selector: {"queues":"*","suffix":"conversations.calls"} stands for 2 topics',
      'warn selector: {"queues":"No such*","suffix":"conversations"} fits no queue or user: check the pattern, the ids and the division',
    ]);
    expect(outcome).to.equal('ok');
  });

  it('fails where a selector may not be expanded', async () => {
    const { outcome, lines } = await check({
      scenario: { permissions: without('directory:user:view') },
      config: { notifications: { topics: [{ users: '*', suffix: 'conversations' }] } },
    });
    expect(outcome).to.equal('failed');
    expect(lines.find((line) => line.startsWith('fail selector'))).to.match(/forbidden.*permission\(s\): directory:user:view$/);
  });

  it('fails where there are more topics than channels can hold', async () => {
    const id = Array.from({ length: 18_001 }, (_, index) => `q${index}`);
    const { lines } = await check({ config: { notifications: { topics: [{ queues: id, suffix: 'conversations.calls' }] } } });
    expect(lines).to.include('fail topics: 18001 are more than the 18000 that the channels of an OAuth client can hold');
  });

  for (const missing of ['conversation:view', 'conversation:write'])
    it(`names ${missing} where the write target is forbidden for want of it`, async () => {
      const { outcome, lines } = await check({ scenario: { permissions: without(missing), faults: { disguiseForbidden: true } } });
      expect(outcome).to.equal('failed');
      expect(lines.find((line) => line.includes(' target: '))).to.match(
        new RegExp(`^fail target: voice is forbidden, grant .*: 409 missing.permissions: .*${missing}$`),
      );
    });

  it('names the write targets that are there where the configured one is not', async () => {
    const { outcome, lines } = await check({ scenario: { targets: ['attributes', 'secure-attributes'] } });
    expect(outcome).to.equal('failed');
    expect(lines).to.include(
      'fail target: voice is answered like an unknown path, but attributes, secure-attributes is there: set write.target to one that is',
    );
  });

  it('warns where no write target can be told from an unknown path', async () => {
    const { outcome, lines } = await check({ scenario: { targets: [] } });
    expect(lines.find((line) => line.startsWith('warn target'))).to.match(/^warn target: voice is answered like an unknown path; so is/);
    expect(outcome).to.equal('ok');
  });

  for (const target of ['voice-conversation', 'attributes', 'secure-attributes', 'custom-attributes'])
    it(`knows ${target} where it is there`, async () => {
      const { lines } = await check({ config: { write: { target } } });
      expect(lines).to.include(`ok target: ${target} is there, to read and to write`);
    });

  it('only warns where the search for calls is not permitted', async () => {
    const { outcome, lines } = await check({ scenario: { permissions: without('analytics:conversationDetail:view') } });
    expect(outcome).to.equal('ok');
    expect(lines.at(-1)).to.match(/^warn search: calls that began during a gap .*analytics:conversationDetail:view$/);
  });

  for (const [what, ahead] of [
    ['ahead of', 5_000],
    ['behind', -5_000],
  ] as const)
    it(`warns of a clock that is ${what} the platform's`, async () => {
      const clock: Clock = { ...systemClock, wall: () => Date.now() + ahead };
      const { outcome, lines } = await check({ clock });
      expect(outcome).to.equal('ok');
      expect(lines.find((line) => line.includes(' clock: '))).to.match(
        new RegExp(`^warn clock: this machine’s clock is at least [45]\\.\\d s ${what} the platform’s: synchronise it`),
      );
    });

  it('takes no channel from others where all 20 are in use', async () => {
    const { outcome, lines } = await check({
      before: (opened) => {
        fillChannels(opened, ahead);
      },
    });
    expect(lines.filter((line) => line.includes(' channels: ')).join()).to.match(/^fail channels: all 20 of the OAuth client are in use/);
    expect(outcome).to.equal('failed');
    expect(simulator.channels.all()).to.have.length(20);
  });

  it('tells where the streaming host cannot be reached, and goes on', async () => {
    const { outcome, lines } = await check({ scenario: { faults: { refuseUpgrades: 403 } } });
    expect(outcome).to.equal('failed');
    expect(lines).to.include('fail streaming: the upgrade was answered with status 403');
    expect(lines).to.include('ok topics: 2 of 2 permitted');
  });

  it('names the proxy of each host, without its credentials, and what became of it', async () => {
    const proxy = http.createServer();
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing(() => new Promise((resolve) => proxy.close(resolve)));
    const { port } = proxy.address() as AddressInfo;
    proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    const { outcome, lines } = await check({ proxyFor: () => `http://me:hush@127.0.0.1:${port}` });
    expect(outcome).to.equal('failed');
    expect(lines).to.have.length(1);
    expect(lines[0])
      .to.match(
        new RegExp(
          `^fail token: .*the proxy 127\\.0\\.0\\.1:\\d+ answered CONNECT with status 407.*through the proxy 127\\.0\\.0\\.1:${port}$`,
        ),
      )
      .and.not.include('hush');
  });
});
