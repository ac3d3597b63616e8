import { spawn, spawnSync } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { simulatorClient, type Simulator } from '../../../src/simulator/simulator.js';
import { eventually } from '../../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../../support/house.js';
import { run, unhurried, Unit, type Ended } from '../unit.js';
import { commandsOf } from './readme.js';

/** How long a command that follows something is let do so, in ms. */
const followed = 3_000;

/** What is pasted into a command that reads it. */
const pasted = '/tmp/pasted';

/** What an operator does in the editor: says which org it is. */
const edited = ({ url, crmUrl, topics }: Simulator): string => `#!/bin/sh
sed -i \\
  -e 's|^  region: .*|  apiUrl: ${url}\\n  loginUrl: ${url}|' \\
  -e 's|^  clientId: .*|  clientId: ${simulatorClient.id}|' \\
  -e 's|^    - v2\\.routing\\.queues.*|${topics.map((topic) => `    - ${topic}`).join('\\n')}|' \\
  -e 's|http://127.0.0.1:8081/|${crmUrl}/|' "$1"
`;

/** Copies a command into a shell: with the secret on stdin where it is pasted there; one that follows is ended like by Ctrl-C. */
function copied(command: string, cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const follows = /^(sudo )?journalctl -f/.test(command);
    const given = openSync(command.includes('/dev/stdin') ? pasted : '/dev/null', 'r');
    const shell = spawn('bash', ['-c', command], {
      cwd,
      detached: true,
      // what Node makes for 'pipe' is a socket, which /dev/stdin cannot open
      stdio: [given, 'pipe', 'pipe'],
      env: { ...process.env, USER: 'root', DEBIAN_FRONTEND: 'noninteractive' },
    });
    const output = { stdout: '', stderr: '' };
    shell.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    shell.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    closeSync(given);
    const timer = setTimeout(() => {
      if (follows && shell.pid !== undefined) process.kill(-shell.pid, 'SIGINT');
    }, followed);
    shell.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: follows ? 0 : (code ?? -1), ...output });
    });
  });
}

async function copyAll(commands: readonly string[]): Promise<Map<string, Ended>> {
  const ended = new Map<string, Ended>();
  let cwd = '/opt/box';
  for (const command of commands) {
    // each has a shell of its own, which takes over where a `cd` has led
    const moves = command.startsWith('cd ');
    const end = await copied(moves ? `${command} && pwd` : command, cwd);
    expect(end.code, `${command}\n${end.stdout}${end.stderr}`).to.equal(0);
    if (moves) cwd = end.stdout.trim();
    ended.set(command, end);
  }
  return ended;
}

/** The chapters "systemd" and "Monitoring" of the README, copied into a shell word by word, on a machine that has none of it. */
describe('the README’s way to a service', () => {
  const attributed = new Unit();
  let simulator: Simulator;

  before(async () => {
    simulator = await openSimulator();
    await writeFile(pasted, `${simulatorClient.secret}\n`);
    await writeFile('/usr/local/bin/sudo', '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    await writeFile('/usr/local/bin/sudoedit', edited(simulator), { mode: 0o755 });
  });

  after(async () => {
    await run('apt-get', 'purge', '--yes', 'attributed');
    await simulator.close();
  });

  it('installs, configures and starts it by its commands in their order, and it writes what its rule says', async () => {
    await copyAll(await commandsOf('systemd', 'apt-get install ./packages/'));
    expect(await attributed.property('ActiveState')).to.equal('active');
    const call = queuedCall(simulator, 2);
    await eventually(
      'the rule of the shipped config has set the customer’s id',
      () => customerAttributes(call)['crmCustomerId'] === simulator.customers[2]?.id,
      unhurried,
    );
  });

  it('shows how it goes by the commands that it names then, and stops it', async () => {
    const ended = await copyAll(await commandsOf('systemd', 'systemctl status attributed'));
    const all = [...ended.values()].map(({ stdout }) => stdout).join('\n');
    expect(all).to.include('Status: "ready:').and.include('up for').and.include('"event":"daemon.ready"');
    expect(await attributed.property('ActiveState')).to.equal('inactive');
  });

  it('is watched by a Prometheus and the alert rules, by the commands of the chapter on it', async function () {
    // without a network, apt-get can only find it where it is already
    if (spawnSync('promtool', ['--version']).status !== 0) {
      process.stdout.write('skipped: no promtool/prometheus on this machine (apt-get install -y --no-install-recommends prometheus)\n');
      this.skip();
    }
    await attributed.systemctl('start');
    const commands = await commandsOf('Monitoring', 'apt-get install');
    const ended = await copyAll(commands);
    const shown = ended.get(commands.at(-1) ?? '')?.stdout;
    expect(shown)
      .to.match(/^up\{.*job="attributed".*\} => 1 /m)
      .and.match(/^prometheus_rule_group_rules\{.*;attributed".*\} => [1-9]/m);
  });
});
