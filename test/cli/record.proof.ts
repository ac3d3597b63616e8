import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli, withCli } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { openSimulator, queuedCall } from '../support/house.js';

const config = ({ url, topics }: Pick<Simulator, 'url' | 'topics'>, clientSecretFile = 'secret'): string =>
  JSON.stringify({ genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile }, notifications: { topics } });

describe('attributed record', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await openSimulator();
  });

  afterEach(() => simulator.close());

  it('records to a file of mode 0600 until SIGINT, and says how much', () =>
    inFolder({ 'c.yaml': config(simulator), secret: simulatorClient.secret }, async (folder) => {
      const out = join(folder, 'r.ndjson');
      await withCli(['record', '-c', join(folder, 'c.yaml'), '--out', out], async (recording) => {
        await eventually('it is connected', () => recording.stderr.includes('recording 2 of 2 topics, Ctrl-C ends it\n'));
        const call = queuedCall(simulator);
        await eventually('the call is in the file', () => readFileSync(out, 'utf8').includes(call.id));
        recording.kill('SIGINT');
        const { code, stdout, stderr } = await recording.ended;
        expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
        const lines = readFileSync(out, 'utf8').trimEnd().split('\n').length;
        expect(stderr).to.match(new RegExp(`^recording .*\n+recorded ${lines - 1} frames in [0-9.]+ m?s, [0-9.]+ KiB\n$`));
        expect(statSync(out).mode & 0o777).to.equal(0o600);
      });
    }));

  it('records to stdout, with the secret of --secret-file, and ends after --for', () =>
    inFolder({ 'c.yaml': config(simulator, '%d/secret'), mine: simulatorClient.secret }, async (folder) => {
      const { code, stdout } = await cli([
        'record',
        '-c',
        join(folder, 'c.yaml'),
        '--secret-file',
        join(folder, 'mine'),
        '--for',
        '5s',
        '--values',
      ]);
      expect(code).to.equal(0);
      expect(JSON.parse(stdout.split('\n')[0] ?? '')).to.include({ format: 1, masked: false });
    }));

  it('ends with 1 and one line where it would overwrite a file', () =>
    inFolder({ 'c.yaml': config(simulator), secret: simulatorClient.secret }, async (folder) => {
      const out = join(folder, 'r.ndjson');
      writeFileSync(out, 'precious');
      const { code, stderr } = await cli(['record', '-c', join(folder, 'c.yaml'), '--out', out]);
      expect({ code, stderr }).to.deep.equal({
        code: 1,
        stderr: `attributed: ${out} exists, and a recording never overwrites a file: name another one\n`,
      });
    }));

  it('ends with 77 when its secret is refused, and leaves no file', () =>
    inFolder({ 'c.yaml': config(simulator), secret: 'not-the-secret' }, async (folder) => {
      const out = join(folder, 'r.ndjson');
      const { code, stderr } = await cli(['record', '-c', join(folder, 'c.yaml'), '--out', out]);
      expect(code).to.equal(77);
      expect(stderr)
        .to.match(/^\S+ error auth\.refused: the OAuth client was refused: .*\n$/)
        .and.not.include('not-the-secret');
      expect(existsSync(out)).to.equal(false);
    }));

  it('ends with 1 when it never got a channel, says so, and leaves no file', () =>
    inFolder({ 'c.yaml': config(simulator), secret: simulatorClient.secret }, async (folder) => {
      await simulator.close();
      const out = join(folder, 'r.ndjson');
      const file = join(folder, 'c.yaml');
      const { code, stdout, stderr } = await cli(['record', '-c', file, '--out', out, '--for', '1s']);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr.split('\n').at(-2)).to.match(
        /^attributed: no channel was connected within [0-9.]+ s, so nothing was recorded: `attributed check -c \S+c\.yaml --online` looks for the cause$/,
      );
      expect(existsSync(out)).to.equal(false);
    }));

  for (const [what, text, fault] of [
    [
      'a broken config',
      (valid: string): string => valid.replace('clientId', 'clientIdd'),
      /^\S+c\.yaml:1:\d+ genesys\.clientIdd: unknown field/m,
    ],
    [
      'a secret that cannot be read here',
      (valid: string): string => valid.replace('"secret"', '"%d/secret"'),
      /^attributed: "%d\/secret" exists only inside the systemd unit .*; or name the file by --secret-file\n$/,
    ],
    [
      'a config without topics',
      (valid: string): string => valid.replace(/"topics":\[.*?\]/, '"topics":[]'),
      /^attributed: notifications\.topics names no topic, so there is nothing to record\n$/,
    ],
  ] as const)
    it(`ends with 78 on ${what}`, () =>
      inFolder({ 'c.yaml': text(config(simulator)), secret: simulatorClient.secret }, async (folder) => {
        const { code, stdout, stderr } = await cli(['record', '-c', join(folder, 'c.yaml')]);
        expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
        expect(stderr).to.match(fault);
      }));
});
