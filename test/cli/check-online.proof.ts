import { join } from 'node:path';
import { expect } from 'chai';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli } from '../support/child.js';
import { openSimulator } from '../support/house.js';

describe('attributed check --online', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await openSimulator();
  });

  afterEach(() => simulator.close());

  const config = (clientSecretFile = 'secret'): string =>
    JSON.stringify({
      genesys: { apiUrl: simulator.url, loginUrl: simulator.url, clientId: simulatorClient.id, clientSecretFile },
      notifications: { topics: simulator.topics },
    });

  it('tells a line each, and ends with 0 where nothing fails', () =>
    inFolder({ 'c.yaml': config('%d/secret'), mine: simulatorClient.secret }, async (folder) => {
      const file = join(folder, 'c.yaml');
      const { code, stdout, stderr } = await cli(['check', '-c', file, '--online', '--secret-file', join(folder, 'mine')]);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).to.match(/^warn {2}config {5}\S+c\.yaml:1:\d+ genesys\.clientSecretFile: "%d\/secret" exists only inside/);
      expect(lines[1]).to.equal(`ok    config     ${file} is valid`);
      expect(lines).to.include('ok    topics     2 of 2 permitted');
      expect(lines.every((line) => /^(ok {2}|warn|fail) {2}[a-z]{3,9} +\S/.test(line))).to.equal(true);
      expect(stdout).to.not.include(simulatorClient.secret);
    }));

  it('ends with 1 where something fails, and with --json prints one document', () =>
    inFolder({ 'c.yaml': config(), secret: simulatorClient.secret }, async (folder) => {
      simulator.client.permissions = ['conversation:view'];
      const { code, stdout, stderr } = await cli(['check', '-c', join(folder, 'c.yaml'), '--online', '--json']);
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: '' });
      const { outcome, findings } = JSON.parse(stdout) as { outcome: string; findings: { state: string; what: string }[] };
      expect(outcome).to.equal('failed');
      expect(findings.filter(({ state }) => state === 'fail').map(({ what }) => what)).to.deep.equal(['topics', 'target']);
    }));

  it('ends with 77 where the OAuth client is refused', () =>
    inFolder({ 'c.yaml': config(), secret: 'not-the-secret' }, async (folder) => {
      const { code, stdout, stderr } = await cli(['check', '-c', join(folder, 'c.yaml'), '--online']);
      expect(code).to.equal(77);
      expect(stdout).to.match(/\nfail {2}token {6}the OAuth client was refused .*\n$/);
      expect(stderr).to.match(/^\S+ error auth\.refused: .*\n$/);
      expect(stdout + stderr).to.not.include('not-the-secret');
    }));

  it('ends with 78 where the secret cannot be read here', () =>
    inFolder({ 'c.yaml': config('%d/secret') }, async (folder) => {
      const { code, stdout, stderr } = await cli(['check', '-c', join(folder, 'c.yaml'), '--online']);
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      expect(stderr).to.match(/^attributed: "%d\/secret" exists only inside .*; or name the file by --secret-file\n$/);
    }));
});
