import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import type { Call } from '../../src/simulator/calls/call.js';
import { inFolder } from '../config/folder.js';
import { widest } from '../support/asked.js';
import { cli } from '../support/child.js';
import { customerAttributes, openSimulator, queuedCall } from '../support/house.js';

describe('attributed probe', () => {
  let simulator: Simulator;
  let call: Call;

  beforeEach(async () => {
    simulator = await openSimulator({ targets: ['voice'] });
    call = queuedCall(simulator);
  });

  afterEach(() => simulator.close());

  const config = (clientSecretFile = 'secret'): string =>
    JSON.stringify({
      genesys: { apiUrl: simulator.url, loginUrl: simulator.url, clientId: simulatorClient.id, clientSecretFile },
      notifications: { topics: simulator.topics },
    });
  const wide = (text: string): string => text.replace(/\s+/g, ' ');

  it('prints what it found and the config lines that fit, as YAML, and ends with 0', () =>
    inFolder({ 'c.yaml': config(), secret: simulatorClient.secret }, async (folder) => {
      const { code, stdout, stderr } = await cli(['probe', '-c', join(folder, 'c.yaml'), '--conversation', call.id, '--yes']);
      expect({ code, stderr }).to.deep.equal({
        code: 0,
        stderr: `reads ${call.id}\nwrites to voice\nwrites to voice-conversation\nwrites to attributes\n`,
      });
      expect(widest(stdout)).to.be.at.most(80);
      expect(stdout).to.match(/^conversation \S+, participant\n?\s+\S+\n/);
      expect(stdout).to.match(/^voice\n {2}read {16}200, strong ETag "2"\n {2}write {15}200\n/m);
      expect(stdout).to.match(/^attributes\n {2}read {16}200, .*\n {2}write {15}refused with 404 not\.found/m);
      const [, lines] = stdout.split('config lines that fit\n');
      expect(parse(lines ?? '')).to.deep.equal({ write: { target: 'voice' } });
      expect(
        Object.entries(customerAttributes(call)).map(([key, value]) => [key.replace(/(?<=Probe)[0-9a-f]{6}/, ''), value]),
      ).to.deep.equal([
        ['attributedProbe', ''],
        ['attributedProbeB', ''],
      ]);
      expect(simulator.channels.all()).to.deep.equal([]);
      expect(stdout + stderr).to.not.include(simulatorClient.secret);
    }));

  it('writes nothing without a yes, and ends with 1; --json prints one document', () =>
    inFolder({ 'c.yaml': config('%d/secret'), mine: simulatorClient.secret }, async (folder) => {
      const args = ['--secret-file', join(folder, 'mine'), '--conversation', call.id, '--json'];
      const { code, stdout, stderr } = await cli(['probe', '-c', join(folder, 'c.yaml'), ...args]);
      expect(code).to.equal(1);
      expect(stderr).to.match(/\nattributed: nothing was written, so most is not known: say yes on a terminal, or --yes\n$/);
      expect(JSON.parse(stdout)).to.deep.include({ conversationId: call.id, wrote: false, advice: [] });
      expect(simulator.ledger.writes).to.deep.equal([]);
    }));

  it('ends with 1 where no write target fits, and says so', () =>
    inFolder({ 'c.yaml': config(), secret: simulatorClient.secret }, async (folder) => {
      simulator.faults.attributeWrites = 'replace';
      const { code, stdout, stderr } = await cli([
        'probe',
        '-c',
        join(folder, 'c.yaml'),
        '--conversation',
        call.id,
        '--target',
        'voice',
        '--yes',
      ]);
      expect(code).to.equal(1);
      expect(stdout)
        .to.not.include('config lines that fit')
        .and.not.match(/^(voice-conversation|attributes)/m);
      expect(stderr).to.match(/\nattributed: no write target fits: none took a write, showed it and kept the other keys\n$/);
    }));

  it('ends with 1 and one line for a call that there is not', () =>
    inFolder({ 'c.yaml': config(), secret: simulatorClient.secret }, async (folder) => {
      const { code, stdout, stderr } = await cli(['probe', '-c', join(folder, 'c.yaml'), '--conversation', 'none', '--yes']);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(wide(stderr)).to.match(/^attributed: cannot read conversation none \(404 not\.found/);
    }));

  it('ends with 77 where the OAuth client is refused, and with 78 without its secret', () =>
    inFolder({ 'c.yaml': config(), secret: 'not-the-secret', 'd.yaml': config('%d/secret') }, async (folder) => {
      const [refused, unread] = await Promise.all(
        ['c.yaml', 'd.yaml'].map((name) => cli(['probe', '-c', join(folder, name), '--conversation', call.id, '--yes'])),
      );
      expect(refused?.code).to.equal(77);
      expect(refused?.stderr).to.include('attributed: the OAuth client was refused').and.not.include('not-the-secret');
      expect(unread).to.deep.include({ code: 78, stdout: '' });
      expect(unread?.stderr).to.match(/^attributed: "%d\/secret" exists only inside .*; or name the file by --secret-file\n$/);
    }));
});
