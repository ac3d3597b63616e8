import { readFile, stat } from 'node:fs/promises';
import { expect } from 'chai';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../../support/house.js';
import { run, Unit, unhurried, type JournalLine } from '../unit.js';

/** Users that systemd makes up for a run have ids from here to there (systemd.exec, DynamicUser=). */
const dynamic = [61_184, 65_519] as const;

const unitFiles = ['attributed.service', 'attributed@.service'];

async function uidOf(unit: Unit): Promise<number> {
  const status = await readFile(`/proc/${await unit.pid()}/status`, 'utf8');
  return Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
}

describe('the units of attributed', () => {
  for (const file of unitFiles) {
    it(`${file} is exposed by at most 1.4`, async () => {
      const { code, stdout } = await run(
        'systemd-analyze',
        'security',
        '--offline=true',
        '--threshold=14',
        '--no-pager',
        `/etc/systemd/system/${file}`,
      );
      process.stdout.write(`      ${String(/Overall exposure level.*?: [\d.]+/.exec(stdout)?.[0])}\n`);
      expect(code).to.equal(0);
    });

    it(`${file} has no line that systemd does not understand`, async () => {
      const { code, stderr } = await run('systemd-analyze', 'verify', `/etc/systemd/system/${file.replace('@', '@eu')}`);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    });
  }

  describe('that run side by side', () => {
    const [plain, eu, us] = [new Unit(), new Unit('eu'), new Unit('us')];
    let simulators: Simulator[];

    before(async () => {
      simulators = await Promise.all([plain, eu, us].map((_, index) => openSimulator({}, index + 1)));
      for (const [index, unit] of [plain, eu, us].entries()) {
        const simulator = simulators[index];
        if (simulator === undefined) throw new Error('there is no simulator');
        await unit.configure(simulator);
        expect((await unit.systemctl('start')).code).to.equal(0);
      }
    });

    after(async () => {
      for (const unit of [plain, eu, us]) await unit.systemctl('stop');
      await Promise.all(simulators.map((simulator) => simulator.close()));
    });

    it('are users of their own that exist only while they run', async () => {
      const uids = await Promise.all([plain, eu, us].map(uidOf));
      expect(new Set(uids).size).to.equal(3);
      for (const uid of uids) expect(uid).to.be.within(...dynamic);
    });

    it('keep state and secret for themselves, the socket for their group', async () => {
      for (const unit of [plain, eu, us]) {
        const uid = await uidOf(unit);
        const facts = async (path: string): Promise<string> => {
          const { mode, uid: owner } = await stat(path);
          return `${(mode & 0o777).toString(8)} ${owner === uid ? 'its own' : `of ${owner}`}`;
        };
        expect(await facts(`/var/lib/${unit.place}/`)).to.equal('700 its own');
        expect(await facts(`/var/log/${unit.place}/`)).to.equal('750 its own');
        expect(await facts(`/run/${unit.place}`)).to.equal('750 its own');
        expect(await facts(unit.socket)).to.equal('660 its own');
        expect(await facts(`/run/credentials/${unit.name}/client-secret`)).to.match(/^400 /);
        const { stdout } = await run('find', `/var/lib/private/${unit.place}`, '-type', 'f', '-perm', '/077');
        expect(stdout).to.equal('');
      }
    });

    it('answer `attributed status` to a member of the group from a shell, and to nobody else', async () => {
      const member = await run('runuser', '--user', 'member', '--', 'attributed', 'status');
      expect(member.code, member.stderr).to.equal(0);
      expect(member.stdout).to.include('ready');
      const instance = await run('runuser', '--user', 'member', '--', 'attributed', 'status', '-c', eu.config);
      expect(instance.code, instance.stderr).to.equal(0);
      const stranger = await run('runuser', '--user', 'stranger', '--', 'attributed', 'status');
      expect(stranger.code).to.not.equal(0);
      expect(stranger.stderr.trim().split('\n')).to.have.length(1);
    });

    it('write each to its own org, and live on when one of them stops', async () => {
      for (const [index, unit] of [eu, us].entries()) {
        const simulator = simulators[index + 1];
        if (simulator === undefined) throw new Error('there is no simulator');
        const call = queuedCall(simulator);
        const attributes = { org: unit.place };
        const path = `/conversations/${call.id}/participants/@customer/attributes?wait=10s`;
        expect((await unit.ask('PUT', path, { attributes })).status).to.equal(200);
        expect(customerAttributes(call)).to.deep.include(attributes);
      }
      expect((await eu.systemctl('stop')).code).to.equal(0);
      expect(await us.property('ActiveState')).to.equal('active');
      expect((await us.ask('GET', '/healthz')).status).to.equal(200);
      expect(await plain.property('ActiveState')).to.equal('active');
    });

    it('stand in the journal with the priority of each line, and no prefix', async () => {
      await us.write('genesys: {}\n');
      await us.systemctl('kill', '--signal', 'SIGHUP', '--kill-whom', 'main');
      await eventually('a warning is logged', async () => (await us.logged('config.rejected')).length > 0, unhurried);
      const priorities = (lines: JournalLine[]): string[] => lines.map(({ PRIORITY }) => PRIORITY);
      expect(new Set(priorities(await us.logged('config.rejected')))).to.deep.equal(new Set(['4']));
      expect(priorities(await us.logged('daemon.ready'))).to.deep.equal(['6']);
      for (const { MESSAGE } of await us.logged('daemon.ready')) expect(() => JSON.parse(MESSAGE) as unknown).to.not.throw();
      const { stdout } = await run(
        'journalctl',
        '--output',
        'cat',
        '--priority',
        'warning',
        `_SYSTEMD_UNIT=${us.name}`,
        '_TRANSPORT=stdout',
      );
      expect(stdout).to.include('config.rejected').and.not.include('daemon.ready');
    });

    it('stand in the journal under their names', async () => {
      expect(new Set((await plain.journal()).map((line) => line.SYSLOG_IDENTIFIER))).to.deep.equal(new Set(['attributed']));
      expect(new Set((await us.journal()).map((line) => line.SYSLOG_IDENTIFIER))).to.deep.equal(new Set(['attributed-us']));
    });
  });
});
