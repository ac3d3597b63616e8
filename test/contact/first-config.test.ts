import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { firstConfig, type FirstAnswers } from '../../src/contact/first-config.js';
import { load } from '../config/folder.js';

const example = readFileSync('config/attributed.yaml', 'utf8');
const usual: FirstAnswers = {
  hosts: { region: 'mypurecloud.de' },
  clientId: '7f5c',
  clientSecretFile: 'secret',
  topics: ["{ queues: 'Billing*', suffix: conversations.calls }", 'v2.users.9f1c.conversations'],
  outboxDir: '/srv/outbox',
};
const made = (others: Partial<FirstAnswers> = {}): string => firstConfig(example, { ...usual, ...others });

describe('a first config', () => {
  it('says what was answered, and is valid', () => {
    const { config, warnings } = load(made());
    expect(config.genesys).to.include({ region: 'mypurecloud.de', clientId: '7f5c', clientSecretFile: 'secret' });
    expect(config.notifications.topics).to.deep.equal([
      { queues: 'Billing*', suffix: 'conversations.calls' },
      'v2.users.9f1c.conversations',
    ]);
    expect(config.outbox.dir).to.equal('/srv/outbox');
    expect(config.http.listen).to.equal('127.0.0.1:8090');
    expect(warnings).to.deep.equal([]);
  });

  it('differs from the defaults in nothing else, as far as the example does not', () => {
    const { genesys, notifications, outbox, ...others } = load(made()).config;
    const { genesys: g, notifications: n, outbox: o, rules, lookups, ...same } = load(example, { credentialsElsewhere: 'ignore' }).config;
    expect(others).to.deep.equal({ ...same, rules: [], lookups: {} });
    expect({ ...genesys, region: g.region, clientId: g.clientId, clientSecretFile: g.clientSecretFile }).to.deep.equal(g);
    expect({ ...notifications, topics: n.topics }).to.deep.equal(n);
    expect({ ...outbox, dir: o.dir }).to.deep.equal(o);
    expect([rules.length, Object.keys(lookups).length]).to.deep.equal([1, 1]);
  });

  it('keeps every comment of the example, and its rules and lookups as comments', () => {
    const text = made();
    for (const comment of [
      '# false = evaluate and tell everything, send nothing',
      '# {…} is JSONata over the participant',
      '# then an intent is dead',
    ])
      expect(text).to.include(comment);
    expect(text)
      .to.match(/^# rules:\n# {3}- name: customer-tier$/m)
      .and.match(/^# lookups:\n# {3}crm:$/m);
    expect(text).not.to.include('example configuration');
    expect(text.split('\n')).to.have.length(example.split('\n').length + 1);
  });

  it('names both hosts in place of a region', () => {
    const { genesys } = load(made({ hosts: { apiUrl: 'http://127.0.0.1:1', loginUrl: 'http://127.0.0.1:2' } })).config;
    expect(genesys).to.include({ apiUrl: 'http://127.0.0.1:1', loginUrl: 'http://127.0.0.1:2' }).and.not.have.property('region');
  });

  it('listens where the systemd unit does, where its secret is one of the unit', () => {
    const { config } = load(made({ clientSecretFile: '%d/client-secret' }), { credentialsElsewhere: 'ignore' });
    expect(config.http.listen).to.equal('unix:/run/attributed/http.sock');
  });

  it('quotes what YAML would read as something else', () => {
    for (const clientId of ['0123', '1e5', 'true', 'null', "it's # one: thing", '$1 $& text'])
      expect(parse(made({ clientId }))).to.have.nested.property('genesys.clientId', clientId);
  });

  it('is not made of an example that has no place for an answer', () => {
    expect(() => firstConfig(example.replace(/^ {2}clientId:.*\n/m, ''), usual)).to.throw(/^the example config has no .*clientId/);
  });
});
