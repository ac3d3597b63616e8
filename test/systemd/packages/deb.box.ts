import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../../support/house.js';
import { run, unhurried, Unit } from '../unit.js';
import { built, version } from './built.js';

/** The same package, of a later version whose config says more: what an upgrade brings. */
async function later(deb: string, folder: string): Promise<string> {
  const tree = join(folder, 'tree');
  const upgrade = join(folder, 'later.deb');
  await run('dpkg-deb', '--raw-extract', deb, tree);
  const control = join(tree, 'DEBIAN/control');
  await writeFile(control, (await readFile(control, 'utf8')).replace(/^Version: (.*)$/m, 'Version: $1+later'));
  await appendFile(join(tree, 'etc/attributed/attributed.yaml'), '# more\n');
  await run('dpkg-deb', '--root-owner-group', '--build', '-Znone', tree, upgrade);
  return upgrade;
}

const install = (deb: string): ReturnType<typeof run> =>
  run('apt-get', 'install', '--yes', '--option', 'Dpkg::Options::=--force-confold', deb);

/** The steps of one machine's life, in order: each begins where the one before has ended. */
describe('attributed.deb', () => {
  const attributed = new Unit();
  let simulator: Simulator;
  let folder: string;

  before(async () => {
    simulator = await openSimulator();
    folder = await mkdtemp('/tmp/deb-');
  });

  after(async () => {
    await simulator.close();
    await rm(folder, { recursive: true });
  });

  const wish = async (conversationId: string, attributes: Record<string, string>): Promise<void> => {
    const answer = await attributed.ask('PUT', `/conversations/${conversationId}/participants/@customer/attributes`, { attributes });
    expect(answer.status, answer.body).to.equal(202);
  };

  it('installs, and starts nothing: there is no secret yet', async () => {
    const installed = await install(await built('.deb'));
    expect(installed.code, installed.stderr).to.equal(0);
    expect(installed.stdout).to.include('attributed: write /etc/attributed/client-secret');
    expect((await run('attributed', '--version')).stdout).to.equal(`${await version()}\n`);
    expect(await attributed.property('ActiveState')).to.equal('inactive');
    expect(await attributed.property('UnitFileState')).to.equal('disabled');
    const { mode, gid } = await stat(attributed.config);
    expect(mode & 0o777).to.equal(0o640);
    expect((await run('getent', 'group', String(gid))).stdout).to.match(/^attributed:/);
    const checked = await run('attributed', 'check', '-c', attributed.config);
    expect(checked.code, checked.stderr).to.equal(0);
  });

  it('starts once it is configured, and writes', async () => {
    await attributed.configure(simulator);
    const started = await attributed.systemctl('enable', '--now');
    expect(started.code, started.stderr).to.equal(0);
    const call = queuedCall(simulator);
    await wish(call.id, { caseNumber: '4711' });
    await eventually('it is written', () => customerAttributes(call)['caseNumber'] === '4711', unhurried);
    expect((await run('attributed', 'status')).stdout).to.include('ready');
  });

  it('is upgraded while it runs: the config of the machine and the state are kept, and what waited is written', async () => {
    const config = await readFile(attributed.config, 'utf8');
    const before = await attributed.pid();
    const call = queuedCall(simulator);
    simulator.faults.refuse = [{ status: 503, share: 1 }];
    await wish(call.id, { caseNumber: '4712' });
    const upgraded = await install(await later(await built('.deb'), folder));
    expect(upgraded.code, upgraded.stderr).to.equal(0);
    await eventually('it was started again', async () => ![0, before].includes(await attributed.pid()), unhurried);
    simulator.faults.refuse = [];
    await eventually('what waited is written', () => customerAttributes(call)['caseNumber'] === '4712', unhurried);
    await attributed.becomes('ActiveState', 'active');
    expect(await readFile(attributed.config, 'utf8')).to.equal(config);
    expect((await run('dpkg-query', '--show', '--showformat', '${Version}', 'attributed')).stdout).to.equal(`${await version()}+later`);
  });

  it('is removed: stopped, and its config, secret and state stay', async () => {
    const removed = await run('apt-get', 'remove', '--yes', 'attributed');
    expect(removed.code, removed.stderr).to.equal(0);
    expect(await attributed.property('ActiveState')).to.equal('inactive');
    expect((await run('test', '-e', '/usr/bin/attributed')).code).to.not.equal(0);
    for (const kept of [attributed.config, attributed.secret, '/var/lib/attributed/']) await stat(kept);
  });

  it('is purged: nothing of it is left', async () => {
    const purged = await run('apt-get', 'purge', '--yes', 'attributed');
    expect(purged.code, purged.stderr).to.equal(0);
    const left = await run(
      'find',
      '/etc',
      '/lib',
      '/run',
      '/usr/bin',
      '/usr/lib',
      '/usr/share/doc',
      '/var/lib',
      '/var/log',
      '-name',
      'attributed*',
      '-not',
      '-path',
      '/usr/lib/node_modules/*',
      '-not',
      '-path',
      '/var/lib/dpkg/*',
    );
    expect(left.stdout).to.equal('');
  });
});
