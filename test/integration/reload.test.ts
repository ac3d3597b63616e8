import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { statusOf } from '../../src/figures/status.js';
import { healthOf } from '../../src/observe/health.js';
import { aliveChecks } from '../../src/figures/checks.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { configFor, customerAttributes, inHouse, queuedCall, type ConfigInput, type House } from '../support/house.js';

const mark = { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } };
const tier = { name: 'tier', when: 'conversation.started', lookup: 'crm', set: { tier: 'lookup.tier' } };

/** Reloads with these sections; names what has changed. */
function reload({ simulator, daemon }: House, sections: ConfigInput, files: Readonly<Record<string, string>> = {}): string[] {
  const secret = (name: string): string => files[name] ?? simulatorClient.secret;
  return daemon.reload({ config: configFor(simulator, sections), secret }).map(({ path, reload: how }) => `${path} ${how}`);
}

/** A CRM that answers with a tier of its own, and tells with which headers it was asked. */
async function withCrm(test: (crm: { url: string; asked: http.IncomingHttpHeaders[]; tier: string }) => Promise<void>): Promise<void> {
  const crm = { url: '', asked: [] as http.IncomingHttpHeaders[], tier: 'gold' };
  const server = http.createServer((request, response) => {
    crm.asked.push(request.headers);
    response
      .setHeader('content-type', 'application/json')
      .setHeader('connection', 'close')
      .end(JSON.stringify({ tier: crm.tier }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  crm.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    await test(crm);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a reload of a daemon at work', () => {
  it('lets a new rule work on the next call, over the same socket', () =>
    inHouse({}, async (house) => {
      const { simulator, daemon, log } = house;
      const before = queuedCall(simulator);
      await eventually('the first call is known', () => daemon.registry.get(before.id) !== undefined);
      expect(reload(house, { rules: [mark] })).to.deep.equal(['rules live']);
      const call = queuedCall(simulator, 1);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
      expect(customerAttributes(before)).not.to.include.keys('seen');
      expect(log.of('channel.connected')).to.have.length(1);
      expect(log.of('channel.lost')).to.be.empty;
    }));

  it('changes topics over the same socket, and /status knows it', () =>
    inHouse({ config: { notifications: { topics: [] } } }, async (house) => {
      const { simulator, daemon, log } = house;
      expect(statusOf(daemon).topics).to.include({ desired: 0, permitted: 0 });
      expect(reload(house, {})).to.deep.equal(['notifications.topics live']);
      await eventually('the topics are permitted', () => statusOf(daemon).topics.permitted === simulator.topics.length);
      expect(statusOf(daemon).topics.desired).to.equal(simulator.topics.length);
      const call = queuedCall(simulator);
      await eventually('an event tells of a call', () => daemon.registry.get(call.id) !== undefined);
      expect(log.of('channel.connected')).to.have.length(1);
    }));

  it('sends what was held when write.enabled becomes true', () =>
    inHouse({ config: { rules: [mark], write: { enabled: false } } }, async (house) => {
      const call = queuedCall(house.simulator);
      await eventually('it is held', () => house.log.of('write.held').length === 1);
      expect(customerAttributes(call)).not.to.include.keys('seen');
      expect(reload(house, { rules: [mark] })).to.deep.equal(['write.enabled live']);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
    }));

  it('names what needs a restart, each time, and leaves it as it is', () =>
    inHouse({}, async (house) => {
      const { daemon, simulator } = house;
      const sections = { write: { target: 'attributes', participant: 'agent' }, outbox: { maxBytes: '1MiB' } };
      expect(reload(house, sections)).to.deep.equal(['write.target restart', 'write.participant live', 'outbox.maxBytes restart']);
      expect(reload(house, sections)).to.deep.equal(['write.target restart', 'outbox.maxBytes restart']);
      expect(daemon.config.write).to.include({ target: 'voice', participant: 'agent' });
      expect(statusOf(daemon).outbox.maxBytes).to.equal(1024 ** 3);
      reload(house, { rules: [mark] });
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
      expect([...simulator.ledger.requests.keys()]).to.include('PATCH /api/v2/conversations/voice/:cid/participants/:pid');
    }));

  it('keeps the cache of a lookup that is as it was, and empties that of one that is not', () =>
    withCrm(async (crm) => {
      const lookup = { url: crm.url };
      const sections = (more = {}): ConfigInput => ({ rules: [tier], lookups: { crm: { ...lookup, ...more } } });
      await inHouse({ config: sections() }, async (house) => {
        const tierOf = async (customer: number): Promise<string | undefined> => {
          const call = queuedCall(house.simulator, customer);
          await eventually('the attribute is there', () => customerAttributes(call)['tier'] !== undefined);
          return customerAttributes(call)['tier'];
        };
        expect(await tierOf(0)).to.equal('gold');
        crm.tier = 'silver';
        reload(house, { ...sections(), rules: [mark, tier] });
        expect(await tierOf(1)).to.equal('gold');
        expect(crm.asked).to.have.length(1);
        expect(reload(house, { ...sections({ headersFile: 'headers' }), rules: [mark, tier] }, { headers: 'x-key: one' })).to.include(
          'lookups.crm live',
        );
        expect(await tierOf(2)).to.equal('silver');
        expect(crm.asked[1]).to.include({ 'x-key': 'one' });
        expect(reload(house, { ...sections({ headersFile: 'headers' }), rules: [mark, tier] }, { headers: 'x-key: two' })).to.include(
          'lookups.crm live',
        );
        await tierOf(3);
        expect(crm.asked[2]).to.include({ 'x-key': 'two' });
      });
    }));

  it('takes other tokens for the local API at once', () =>
    inHouse({ config: { http: { listen: '127.0.0.1:0' } } }, async (house) => {
      const status = async (token?: string): Promise<number> => {
        const headers = { connection: 'close', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
        return (await fetch(`http://${house.daemon.address ?? ''}/status`, { headers })).status;
      };
      expect(await status()).to.equal(200);
      const guarded = { http: { listen: '127.0.0.1:0', tokenFile: 'token' } };
      expect(reload(house, guarded, { token: 'one' })).to.deep.equal(['http.tokenFile live']);
      expect([await status(), await status('one')]).to.deep.equal([401, 200]);
      expect(reload(house, guarded, { token: 'two' })).to.deep.equal(['http.tokenFile live']);
      expect([await status('one'), await status('two')]).to.deep.equal([401, 200]);
    }));

  it('makes a new token and a new channel when the OAuth client is another one, and none before', () =>
    inHouse({}, async (house) => {
      const { simulator, daemon, log } = house;
      expect(reload(house, { conversations: { max: 5 } })).to.deep.equal(['conversations.max live']);
      expect(log.of('auth.token')).to.have.length(1);
      const url = simulator.url.replace('127.0.0.1', 'localhost');
      expect(reload(house, { genesys: { apiUrl: url, loginUrl: url }, rules: [mark] })).to.deep.equal([
        'genesys.apiUrl reconnect',
        'genesys.loginUrl reconnect',
        'conversations.max live',
        'rules live',
      ]);
      await eventually('another channel is connected', () => log.of('channel.connected').length === 2 && daemon.notifications.connected);
      expect(log.of('auth.token')).to.have.length(2);
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
    }));

  it('lets the checks go by the new times', () =>
    inHouse({}, (house) => {
      const { daemon } = house;
      const checks = aliveChecks(daemon);
      const channels = [{ channel: 'c', state: 'open', topics: 1, lastFrameMs: 40_000 }];
      Object.defineProperty(daemon.notifications, 'channels', { value: channels });
      expect(healthOf(checks).ok).to.equal(true);
      reload(house, { notifications: { silenceTimeout: '10s' } });
      expect(healthOf(checks).reasons[0]).to.match(/nothing was heard/);
      return Promise.resolve();
    }));
});
