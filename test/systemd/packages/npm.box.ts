import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { simulatorClient } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { openSimulator } from '../../support/house.js';
import { run, unhurried } from '../unit.js';
import { built, version } from './built.js';

describe('attributed.tgz', () => {
  it('installs by `npm i -g` without a network and an empty cache, and is whole: the daemon gets ready and stops with 0', async () => {
    const folder = await mkdtemp('/tmp/npm-');
    const simulator = await openSimulator();
    try {
      const installed = await run('npm', 'install', '-g', '--prefix', folder, '--cache', join(folder, 'cache'), await built('.tgz'));
      expect(installed.code, installed.stderr).to.equal(0);
      const program = join(folder, 'bin/attributed');
      expect((await run(program, '--version')).stdout).to.equal(`${await version()}\n`);
      await writeFile(join(folder, 'secret'), simulatorClient.secret);
      await writeFile(
        join(folder, 'attributed.yaml'),
        JSON.stringify({
          genesys: { apiUrl: simulator.url, loginUrl: simulator.url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
          notifications: { topics: simulator.topics },
          http: { listen: 'off' },
          outbox: { dir: join(folder, 'outbox') },
        }),
      );
      const daemon = spawn(program, ['run', '-c', join(folder, 'attributed.yaml')], { stdio: ['ignore', 'pipe', 'inherit'] });
      let log = '';
      daemon.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
      await eventually('it is ready', () => log.includes('"event":"daemon.ready"'), unhurried);
      daemon.kill('SIGTERM');
      await eventually('it has stopped', () => daemon.exitCode !== null, unhurried);
      expect(daemon.exitCode, log).to.equal(0);
    } finally {
      await simulator.close();
      await rm(folder, { recursive: true });
    }
  });
});
