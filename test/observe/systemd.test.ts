import { spawn } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { nobody } from '../../src/observe/notify.js';
import { Systemd, type Helper } from '../../src/observe/systemd.js';
import { inFolder } from '../config/folder.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

/** A helper that keeps what it is told, and dies when the test says so. */
class FakeHelper implements Helper {
  readonly told: string[] = [];
  ended = false;
  killed = false;
  exit: (code: number | null, signal: string | null) => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  breakPipe: () => void = () => undefined;
  readonly stdin = {
    writableLength: 0,
    write: (text: string) => this.told.push(text),
    end: () => {
      this.ended = true;
    },
    on: (_: 'error', run: () => void) => {
      this.breakPipe = run;
    },
  };

  on(event: 'error' | 'exit', run: ((error: Error) => void) & ((code: number | null, signal: string | null) => void)): void {
    if (event === 'exit') this.exit = run;
    else this.fail = run;
  }

  kill(): void {
    this.killed = true;
    this.exit(null, 'SIGTERM');
  }
}

describe('Systemd', () => {
  let clock: FakeClock;
  let log: RecordingLog;
  let helpers: FakeHelper[];
  let cannotStart: boolean;

  const open = (): Systemd =>
    new Systemd({
      deadlines: new Deadlines(clock),
      log,
      monotonic: () => 123_456n,
      start: () => {
        if (cannotStart) throw new Error('no more processes');
        const helper = new FakeHelper();
        helpers.push(helper);
        return helper;
      },
    });

  const helper = (index: number): FakeHelper => {
    const found = helpers[index];
    if (found === undefined) throw new Error(`there is no helper ${index}`);
    return found;
  };

  beforeEach(() => {
    clock = new FakeClock();
    log = new RecordingLog();
    helpers = [];
    cannotStart = false;
  });

  it('says each message in a line, its parts parted by tabs', () => {
    const systemd = open();
    systemd.ready();
    systemd.status('ready: 2 of 2 topics');
    systemd.watchdog();
    systemd.extend(60_000);
    systemd.reloading();
    systemd.stopping(12_500);
    expect(helper(0).told).to.deep.equal([
      'READY=1\n',
      'STATUS=ready: 2 of 2 topics\n',
      'WATCHDOG=1\n',
      'EXTEND_TIMEOUT_USEC=60000000\n',
      'RELOADING=1\tMONOTONIC_USEC=123456\n',
      'STOPPING=1\tEXTEND_TIMEOUT_USEC=12500000\n',
    ]);
  });

  it('lets no status pass for another message', () => {
    const systemd = open();
    systemd.status('a\nSTOPPING=1\t\u001B[1m');
    expect(helper(0).told).to.deep.equal(['STATUS=a STOPPING=1 [1m\n']);
  });

  it('starts a helper that died again, tells it the state and the status, and counts', async () => {
    const systemd = open();
    systemd.ready();
    systemd.status('one');
    systemd.status('two');
    helper(0).breakPipe();
    helper(0).exit(null, 'SIGKILL');
    systemd.watchdog();
    expect(helpers).to.have.length(1);
    await clock.advance(1_000);
    expect(helper(1).told).to.deep.equal(['READY=1\n', 'STATUS=two\n']);
    systemd.watchdog();
    expect(helper(1).told).to.have.length(3);
    expect(systemd.lost).to.equal(1);
    expect(log.of('notify.lost')).to.deep.equal([{ error: 'it ended with SIGKILL', lost: 1, againInMs: 1_000 }]);
  });

  it('lives without a helper, and goes on trying', async () => {
    cannotStart = true;
    const systemd = open();
    systemd.ready();
    await clock.advance(2_500);
    expect(systemd.lost).to.equal(3);
    cannotStart = false;
    await clock.advance(1_000);
    expect(helper(0).told).to.deep.equal(['READY=1\n']);
  });

  it('counts a helper once whose start failed and that then ends', () => {
    const systemd = open();
    helper(0).fail(new Error('spawn /bin/sh ENOENT'));
    helper(0).exit(1, null);
    expect(systemd.lost).to.equal(1);
    expect(log.of('notify.lost')).to.deep.include({ error: 'spawn /bin/sh ENOENT', lost: 1, againInMs: 1_000 });
  });

  it('keeps a bounded amount for a helper that hangs', () => {
    const systemd = open();
    helper(0).stdin.writableLength = 64 * 1024;
    systemd.watchdog();
    expect(helper(0).told).to.be.empty;
  });

  it('closes when the helper has passed on what it was told, and does not take that for a death', async () => {
    const systemd = open();
    let closed = false;
    const closing = systemd.close().then(() => {
      closed = true;
    });
    await clock.advance(1_999);
    expect({ ended: helper(0).ended, closed }).to.deep.equal({ ended: true, closed: false });
    helper(0).exit(0, null);
    await closing;
    expect({ lost: systemd.lost, timers: clock.timers, killed: helper(0).killed }).to.include({ lost: 0, killed: false });
  });

  it('does not let a helper that hangs hold up the end', async () => {
    const closing = open().close();
    await clock.advance(2_000);
    await closing;
    expect(helper(0).killed).to.equal(true);
  });

  it('closes at once while there is no helper, and starts none any more', async () => {
    const systemd = open();
    helper(0).exit(1, null);
    await systemd.close();
    await clock.advance(10_000);
    expect(helpers).to.have.length(1);
  });

  it('has a real shell call systemd-notify with each assignment as one argument', () =>
    inFolder(
      { 'systemd-notify': '#!/bin/sh\nfor part; do printf "[%s]" "$part"; done >>"$0.told"\necho >>"$0.told"\n' },
      async (folder) => {
        await chmod(join(folder, 'systemd-notify'), 0o755);
        await writeFile(join(folder, 'systemd-notify.told'), '');
        const systemd = new Systemd({
          deadlines: new Deadlines(clock),
          log,
          monotonic: () => 7n,
          start: (script) =>
            spawn('/bin/sh', ['-c', script], { env: { PATH: `${folder}:/usr/bin:/bin` }, stdio: ['pipe', 'ignore', 'inherit'] }),
        });
        systemd.status('$(reboot) `reboot` \\n "two  words"; *');
        systemd.reloading();
        systemd.ready();
        await systemd.close();
        expect((await readFile(join(folder, 'systemd-notify.told'), 'utf8')).split('\n')).to.deep.equal([
          '[STATUS=$(reboot) `reboot` \\n "two  words"; *]',
          '[RELOADING=1][MONOTONIC_USEC=7]',
          '[READY=1]',
          '',
        ]);
      },
    ));
});

describe('Nobody', () => {
  it('takes everything and does nothing', async () => {
    for (const say of [nobody.ready, nobody.reloading, nobody.watchdog]) say();
    nobody.status('ready');
    nobody.stopping(1);
    nobody.extend(1);
    await nobody.close();
  });
});
