import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeFirstConfig, type InitDeps, type InitOptions } from '../../src/cli/write-first-config.js';
import { loadConfig } from '../../src/config/load.js';
import { inFolder } from '../config/folder.js';
import { cli, type Ended } from '../support/child.js';

const client = { region: 'mypurecloud.de', clientId: '7f5c' };

/** Runs `attributed init` in this process; the folder's name is cut from what it says. */
async function init(folder: string, options: Partial<InitOptions> = {}, ask?: InitDeps['ask']): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const code = await writeFirstConfig(
    { out: join(folder, 'c.yaml'), force: false, topic: [], ...options },
    { ask, tell: (text) => (said.stdout += text), complain: (text) => (said.stderr += text) },
  );
  return { code, stdout: said.stdout.replaceAll(folder, '.'), stderr: said.stderr.replaceAll(folder, '.') };
}

/** What `attributed check` warns of. */
function warningsOf(folder: string): string[] {
  const { warnings } = loadConfig(join(folder, 'c.yaml'), { credentialsDirectory: undefined, credentialsElsewhere: 'warn' });
  return warnings.map((warning) => warning.replaceAll(folder, '.'));
}

describe('attributed init', () => {
  it('writes by its flags a config that check takes, and says what to do next', () =>
    inFolder({}, async (folder) => {
      const file = join(folder, 'c.yaml');
      const flags = ['--region', 'mypurecloud.de', '--client-id', '7f5c', '--secret-file', join(folder, 'secret'), '--outbox-dir', folder];
      const topics = ['--topic', 'v2.users.1.conversations', '--topic', '{ users: [ada], suffix: conversations }'];
      const { code, stdout, stderr } = await cli(['init', '--out', file, ...flags, ...topics]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout.replaceAll(folder, '.').split('\n')).to.deep.equal([
        './c.yaml is written. Next:',
        "  1. put the client's secret into ./secret, readable by the daemon alone",
        '  2. attributed check -c ./c.yaml --online',
        '  3. attributed probe -c ./c.yaml --conversation ID, on a live test call; then set what it says',
        '  4. write your rules: examples stand in ./c.yaml',
        '  5. attributed run -c ./c.yaml',
        '',
      ]);
      expect(statSync(file).mode & 0o777).to.equal(0o640);
      expect(readdirSync(folder)).to.deep.equal(['c.yaml']);
      writeFileSync(join(folder, 'secret'), 'hush');
      expect(warningsOf(folder)).to.deep.equal([]);
      expect(readFileSync(file, 'utf8')).to.include('    - v2.users.1.conversations\n    - { users: [ada], suffix: conversations }\n');
    }));

  it('names the flags that are needed where there is no terminal', () =>
    inFolder({}, async (folder) => {
      const { code, stdout, stderr } = await cli(['init', '--out', join(folder, 'c.yaml')]);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^attributed: give --region \(or --api-url\) and --client-id: .*\n$/);
      expect(readdirSync(folder)).to.deep.equal([]);
    }));

  it('does not ask for the secret itself, and says nothing of its file where it is there', () =>
    inFolder({ secret: 'hush' }, async (folder) => {
      const asked: string[] = [];
      const { code, stdout } = await init(folder, { secretFile: join(folder, 'secret') }, (question) => {
        asked.push(question);
        return Promise.resolve(question.startsWith('Id') ? '7f5c' : '');
      });
      expect(code).to.equal(0);
      expect(asked.join()).to.match(/^Region domain .*,Id of .*,Topic, .*,Directory/);
      expect(stdout)
        .to.match(/ {2}1\. attributed check -c \.\/c\.yaml --online\n/)
        .and.not.include('secret');
    }));

  it('writes one for the systemd unit by default, of which check only warns outside of it', () =>
    inFolder({}, async (folder) => {
      const { code, stdout } = await init(folder, client);
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(/ {2}1\. attributed check -c \S+ --online --secret-file FILE\n/)
        .and.match(/4\. start the systemd unit/);
      const [warning, ...others] = warningsOf(folder);
      expect(warning).to.match(/^\.\/c\.yaml:\d+:\d+ genesys\.clientSecretFile: "%d\/client-secret" exists only inside the systemd unit/);
      expect(others).to.deep.equal([]);
    }));

  it('overwrites a file only by --force, and asks nothing before it says so', () =>
    inFolder({ 'c.yaml': 'mine\n' }, async (folder) => {
      const { code, stdout, stderr } = await init(folder, client, () => Promise.reject(new Error('asked')));
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.equal('attributed: ./c.yaml exists: name another file by --out, or overwrite it by --force\n');
      expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).to.equal('mine\n');
      expect((await init(folder, { ...client, force: true })).code).to.equal(0);
      expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).to.match(/^# attributed: configuration/);
    }));

  it('does not overwrite a file that came while it asked', () =>
    inFolder({}, async (folder) => {
      const { code, stderr } = await init(folder, client, () => {
        writeFileSync(join(folder, 'c.yaml'), 'theirs\n');
        return Promise.resolve('');
      });
      expect(code).to.equal(1);
      expect(stderr).to.match(/^attributed: \.\/c\.yaml exists: /);
      expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).to.equal('theirs\n');
      expect(readdirSync(folder)).to.deep.equal(['c.yaml']);
    }));

  it('ends with 78 and writes nothing where the config would not be valid, whatever stood there', () =>
    inFolder({ 'c.yaml': 'mine\n' }, async (folder) => {
      const topic = ['{ queus: Billing, suffix: conversations }'];
      const { code, stdout, stderr } = await init(folder, { ...client, topic, force: true });
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      const [first, second] = stderr.split('\n');
      expect(first).to.equal('attributed: nothing was written, as it would not be valid:');
      expect(second).to.match(/^\.\/c\.yaml:\d+:\d+ notifications\.topics\[0\]/);
      expect(readdirSync(folder)).to.deep.equal(['c.yaml']);
      expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).to.equal('mine\n');
    }));

  it('ends with 1 where the file cannot be written', () =>
    inFolder({}, async (folder) => {
      const nowhere = await init(join(folder, 'nowhere'), client);
      expect(nowhere.code).to.equal(1);
      expect(nowhere.stderr).to.match(/^attributed: \S*c\.yaml cannot be written: make its directory, or name another file by --out\n$/);
      mkdirSync(join(folder, 'c.yaml'));
      const { code, stderr } = await init(folder, { ...client, force: true });
      expect(code).to.equal(1);
      expect(stderr).to.match(/^attributed: \S+: .*\n$/);
      expect(readdirSync(folder)).to.deep.equal(['c.yaml']);
    }));
});
