import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import { inFolder } from '../config/folder.js';
import { cli, type Ended } from '../support/child.js';

const client = ['--region', 'mypurecloud.de', '--client-id', '7f5c'];
const check = (file: string): string[] =>
  loadConfig(file, { credentialsDirectory: undefined, credentialsElsewhere: 'warn' }).warnings.map((warning) => warning.replace(file, 'c'));

describe('attributed init', () => {
  const init = (folder: string, ...args: string[]): Promise<Ended> => cli(['init', '--out', join(folder, 'c.yaml'), ...args]);

  it('writes a config that check takes, and says what to do next', () =>
    inFolder({}, async (folder) => {
      const file = join(folder, 'c.yaml');
      const { code, stdout, stderr } = await init(folder, ...client, '--secret-file', join(folder, 'secret'), '--outbox-dir', folder);
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
      expect(check(file)).to.deep.equal([]);
    }));

  it('writes one for the systemd unit by default, of which check warns outside of it', () =>
    inFolder({}, async (folder) => {
      const { code, stdout } = await init(folder, ...client);
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(/ {2}1\. attributed check -c \S+ --online --secret-file FILE\n/)
        .and.match(/4\. start the systemd unit/);
      const [warning, ...others] = check(join(folder, 'c.yaml'));
      expect(warning).to.match(/^c:\d+:\d+ genesys\.clientSecretFile: "%d\/client-secret" exists only inside the systemd unit/);
      expect(others).to.deep.equal([]);
    }));

  it('overwrites a file only by --force', () =>
    inFolder({ 'c.yaml': 'mine\n' }, async (folder) => {
      const file = join(folder, 'c.yaml');
      const { code, stdout, stderr } = await init(folder, ...client);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.equal(`attributed: ${file} exists: name another file by --out, or overwrite it by --force\n`);
      expect(readFileSync(file, 'utf8')).to.equal('mine\n');
      expect((await init(folder, ...client, '--force')).code).to.equal(0);
      expect(readFileSync(file, 'utf8')).to.match(/^# attributed: configuration/);
    }));

  it('ends with 78 and writes nothing where the config would not be valid, whatever stood there', () =>
    inFolder({ 'c.yaml': 'mine\n' }, async (folder) => {
      const { code, stdout, stderr } = await init(folder, ...client, '--force', '--topic', '{ queus: Billing, suffix: conversations }');
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      const lines = stderr.replaceAll(join(folder, 'c.yaml'), 'c').split('\n');
      expect(lines[0]).to.equal('attributed: nothing was written, as it would not be valid:');
      expect(lines[1]).to.match(/^c:\d+:\d+ notifications\.topics\[0\]/);
      expect(readdirSync(folder)).to.deep.equal(['c.yaml']);
      expect(readFileSync(join(folder, 'c.yaml'), 'utf8')).to.equal('mine\n');
    }));

  it('names the flags that are needed where there is no terminal', () =>
    inFolder({}, async (folder) => {
      const { code, stderr } = await init(folder);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^attributed: give --region \(or --api-url\) and --client-id: .*\n$/);
      expect(readdirSync(folder)).to.deep.equal([]);
    }));

  it('ends with 1 where the file cannot be written', () =>
    inFolder({}, async (folder) => {
      mkdirSync(join(folder, 'c.yaml'));
      const { code, stderr } = await init(folder, ...client, '--force');
      expect(code).to.equal(1);
      expect(stderr).to.match(/^attributed: \S+: .*\n$/);
      expect(readdirSync(folder)).to.deep.equal(['c.yaml']);
    }));
});
