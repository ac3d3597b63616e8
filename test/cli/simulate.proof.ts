import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cli, withCli } from '../support/child.js';
import { eventually } from '../support/eventually.js';

describe('attributed simulate', () => {
  it('prints what a config needs, answers there, and ends with 0 on SIGTERM', () =>
    withCli(['simulate', '--port', '0', '--scenario', 'calm', '--seed', '7'], async (simulator) => {
      await eventually('it tells its URLs', () => simulator.stdout.includes('Ctrl-C'));
      expect(simulator.stdout).to.match(/^Genesys Cloud simulator, scenario calm, seed 7$/m);
      expect(simulator.stdout).to.match(/^  clientId, secret   simulator, simulator-secret$/m);
      expect(simulator.stdout).to.match(/^  topic              v2\.routing\.queues\.[0-9a-f-]{36}\.conversations\.calls$/m);
      const [, url = ''] = /apiUrl, loginUrl   (http:\/\/127\.0\.0\.1:\d+)$/m.exec(simulator.stdout) ?? [];
      const [, crm = ''] = /CRM                (http:\/\/127\.0\.0\.1:\d+)\//.exec(simulator.stdout) ?? [];
      expect(url).to.not.equal(crm);
      for (const host of [url, crm]) {
        const { status } = await fetch(host, { headers: { connection: 'close' } });
        expect(status, host).to.be.within(200, 499);
      }
      simulator.kill('SIGTERM');
      expect(await simulator.ended).to.include({ code: 0, stderr: '' });
    }));

  it('names ten queues and ten users of an org that has more, and how many more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulate-'));
    try {
      const file = join(folder, 'large.yaml');
      await writeFile(file, 'queues: 3000\nusers: 11\n');
      await withCli(['simulate', '--port', '0', '--scenario', file], async (simulator) => {
        await eventually('it tells its URLs', () => simulator.stdout.includes('Ctrl-C'));
        expect(simulator.stdout.match(/^  topic /gm)).to.have.length(20);
        expect(simulator.stdout)
          .to.match(/^ +and 2990 more like it$/m)
          .and.to.match(/^ +and 1 more like it$/m);
        simulator.kill('SIGTERM');
        await simulator.ended;
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('ends with 1 and one line on a scenario that there is not', async () => {
    const { code, stdout, stderr } = await cli(['simulate', '--port', '0', '--scenario', 'nope']);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/^attributed: .*nope.*\n$/);
  });
});
