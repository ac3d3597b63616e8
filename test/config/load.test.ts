import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ConfigInvalid, loadConfig } from '../../src/config/load.js';
import { faultsIn, genesys, inFolder, load } from './folder.js';

const unit = genesys.replace(': secret', ": '%d/client-secret'");
const elsewhere = 'exists only inside the systemd unit (LoadCredential=); elsewhere set CREDENTIALS_DIRECTORY or name a path';

describe('loading a config', () => {
  it('tells every fault at once, in the order of the file, whatever kind it is of', () => {
    const broken = `${genesys}write:
  quite: 1s
  policy: adaptive
lookups:
  crm: { url: 'http://crm/{ani' }
rules:
  - name: mark
    when: conversation.strated
    if: "participant.purpose ="
    lookup: crn
    set: { a: 7 }
log:
  level: info
  level: debug
`;
    expect(faultsIn(broken)).to.deep.equal([
      'c.yaml:6:3 write.quite: unknown field, expected one of enabled, target, participant, quiet, maxWait, policy, confirmWithin, reassert, giveUpAfter (did you mean "quiet"?)',
      'c.yaml:9:15 lookups.crm.url: a brace is not closed; expressions stand as {expression}',
      'c.yaml:12:11 rules[0].when: "conversation.strated" is not valid, expected one of conversation.started, conversation.updated, conversation.ended, participant.added, participant.ended (did you mean "conversation.started"?)',
      'c.yaml:13:9 rules[0].if: this is not JSONata at character 21: Unexpected end of expression',
      'c.yaml:14:13 rules[0].lookup: there is no lookup "crn", expected one of crm (did you mean "crm"?)',
      'c.yaml:15:15 rules[0].set.a: 7 is not valid, expected a JSONata expression',
      'c.yaml:18:3 log.level: this key stands here twice; keep one of them',
    ]);
  });

  it('refuses a file that is not there', () => {
    inFolder({}, (folder) => {
      const file = join(folder, 'none.yaml');
      expect(() => loadConfig(file, { credentialsDirectory: undefined, credentialsElsewhere: 'fault' }))
        .to.throw(ConfigInvalid, `${file}:1:1 cannot read the config file: ENOENT: no such file or directory, open '${file}'`)
        .that.includes({ code: 'config.invalid', retry: 'never' });
    });
  });

  for (const [what, yaml] of [
    ['an empty file', ''],
    ['a file of comments', '# nothing yet\n'],
    ['a file that says null', '~\n'],
  ] as const) {
    it(`takes ${what} for a config without sections`, () => {
      expect(faultsIn(yaml)).to.deep.equal([
        'c.yaml:1:1 genesys: is missing, expected a section with fields',
        'c.yaml:1:1 genesys.region: is missing, expected a region domain such as mypurecloud.com, or apiUrl and loginUrl',
      ]);
    });
  }

  it('refuses a file that is no map', () => {
    expect(faultsIn('- a\n')[0]).to.equal('c.yaml:1:1 ["a"] is not valid, expected a section with fields');
  });

  it('takes sections and fields of which all is commented out for not being there', () => {
    const { config } = load(
      `${genesys}  budget:\n    perMinute:\nwrite:\n  quiet:\nrules:\nlog:\ncluster:\nlookups:\n  crm:\n    url: http://crm/{ani}\n    cache:\n`,
    );
    expect(config.genesys.budget).to.deep.equal({ perMinute: 300, reserve: 0.1 });
    expect(config.write.quiet).to.equal(150);
    expect(config.rules).to.deep.equal([]);
    expect(config.lookups['crm']?.cache).to.deep.equal({ max: 10_000, ttl: 600_000 });
  });

  it('lets the outbox begin at the config file, unless it is told by a whole path', () => {
    expect(load(`${genesys}outbox: { dir: kept }\n`).config.outbox.dir).to.match(/^\/.*\/kept$/);
    expect(load(`${genesys}outbox: { dir: /kept }\n`).config.outbox.dir).to.equal('/kept');
  });

  it('lets the log file begin at the config file too, and has none where none is named', () => {
    expect(load(`${genesys}log: { file: a.log }\n`).config.log.file).to.match(/^\/.*\/a\.log$/);
    expect(load(`${genesys}log: { file: /a.log }\n`).config.log.file).to.equal('/a.log');
    expect(load(genesys).config.log).to.not.have.property('file');
  });

  it('gives the file as it is written, for the explanation', () => {
    expect(load(`${genesys}write: { quiet: 1s }\n`).written).to.have.deep.property('write', { quiet: '1s' });
  });
});

describe('secret files of a config', () => {
  it('must be there', () => {
    inFolder({}, (folder) => {
      const [fault = ''] = faultsIn(genesys.replace(': secret', `: ${folder}/none`));
      expect(fault.replaceAll(folder, '')).to.equal(
        "c.yaml:4:21 genesys.clientSecretFile: cannot read /none: ENOENT: no such file or directory, open '/none'",
      );
    });
  });

  it('must not be empty, nor hold white space alone', () => {
    expect(faultsIn(genesys, {}, { secret: ' \n\n' })).to.deep.equal([
      'c.yaml:4:21 genesys.clientSecretFile: secret is empty, expected the secret in it',
    ]);
  });

  it('are looked for in every section that names one', () => {
    const faults = faultsIn(
      `${genesys}lookups:\n  crm: { url: 'http://crm/{ani}', headersFile: none-a }\nhttp: { tokenFile: none-b, webhookSecretFile: none-c }\n`,
    );
    expect(faults.map((fault) => fault.split(' cannot ')[0])).to.deep.equal([
      'c.yaml:6:48 lookups.crm.headersFile:',
      'c.yaml:7:20 http.tokenFile:',
      'c.yaml:7:47 http.webhookSecretFile:',
    ]);
  });

  it('of a webhook hold one secret or two, a line each', () => {
    const yaml = `${genesys}http: { webhookSecretFile: hooks }\n`;
    for (const hooks of ['one', 'one\r\ntwo\r\n', '\n\n one \n\n two']) expect(faultsIn(yaml, {}, { hooks })).to.deep.equal([]);
    expect(faultsIn(yaml, {}, { hooks: 'one\ntwo\nthree\n' })).to.deep.equal([
      "c.yaml:5:28 http.webhookSecretFile: the file of the webhook's secrets has 3 lines, expected one or two secrets, a line each",
    ]);
    expect(faultsIn(yaml, {}, { hooks: '\n \n' })).to.deep.equal([
      'c.yaml:5:28 http.webhookSecretFile: hooks is empty, expected the secret in it',
    ]);
  });

  it('are told once where the name itself is wrong', () => {
    expect(faultsIn(genesys.replace(': secret', ": ''"))).to.deep.equal([
      'c.yaml:4:21 genesys.clientSecretFile: "" is not valid, expected the path of a file',
    ]);
  });

  it('under %d/ are a fault outside the unit where the daemon is to run', () => {
    expect(faultsIn(unit)).to.deep.equal([`c.yaml:4:21 genesys.clientSecretFile: "%d/client-secret" ${elsewhere}`]);
  });

  it('under %d/ are only a warning outside the unit where the file is checked', () => {
    const { warnings, secret } = load(unit, { credentialsElsewhere: 'warn' });
    expect(warnings).to.have.length(1);
    expect(warnings[0])
      .to.match(/c\.yaml:4:21 genesys\.clientSecretFile: /)
      .and.include(elsewhere);
    expect(() => secret('%d/client-secret')).to.throw(elsewhere);
  });

  it('under %d/ must be there where the credentials are, also where the file is only checked', () => {
    inFolder({}, (credentialsDirectory) => {
      const faults = faultsIn(unit, { credentialsDirectory, credentialsElsewhere: 'warn' });
      expect(faults.map((fault) => fault.replaceAll(credentialsDirectory, '%d'))).to.deep.equal([
        "c.yaml:4:21 genesys.clientSecretFile: cannot read %d/client-secret: ENOENT: no such file or directory, open '%d/client-secret'",
      ]);
    });
  });

  it('are read anew each time that they are asked for, without white space around', () => {
    inFolder({ 'client-secret': '  hush \n' }, (credentialsDirectory) => {
      const { secret, warnings } = load(unit, { credentialsDirectory });
      expect(warnings).to.be.empty;
      expect(secret('%d/client-secret')).to.equal('hush');
      expect(secret(join(credentialsDirectory, 'client-secret'))).to.equal('hush');
    });
  });
});

describe('the shipped configs', () => {
  for (const name of ['attributed.yaml', 'simulator.yaml', 'fleet-1.yaml', 'fleet-2.yaml']) {
    it(`${name} is valid`, () => {
      const file = fileURLToPath(new URL(`../../config/${name}`, import.meta.url));
      const { config } = loadConfig(file, { credentialsDirectory: undefined, credentialsElsewhere: 'warn' });
      expect(config.genesys.clientId).to.not.equal('');
    });
  }
});
