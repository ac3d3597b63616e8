import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { Heartbeat } from '../../src/observe/heartbeat.js';
import type { Notify } from '../../src/observe/notify.js';
import { FakeClock } from '../support/fake-clock.js';

describe('Heartbeat', () => {
  let clock: FakeClock;
  /** What was said, with the second in which it was. */
  let said: string[];
  let trouble: string | undefined;
  let reasons: string[];
  let line: string;
  let lines: number;

  const say =
    (word: string) =>
    (detail: string | number = ''): void => {
      said.push(`${clock.now() / 1_000} ${word} ${detail}`.trim());
    };
  const notify: Notify = {
    ready: say('ready'),
    status: say('status'),
    reloading: say('reloading'),
    stopping: say('stopping'),
    watchdog: say('watchdog'),
    extend: say('extend'),
    close: () => Promise.resolve(),
  };

  const open = (watchdog?: number): Heartbeat =>
    new Heartbeat({
      clock,
      deadlines: new Deadlines(clock),
      notify,
      alive: [() => trouble],
      notReady: () => reasons,
      line: () => {
        lines += 1;
        return line;
      },
      watchdog,
    });

  const heard = (word: string): string[] => said.filter((each) => each.includes(` ${word}`));

  beforeEach(() => {
    clock = new FakeClock();
    said = [];
    trouble = undefined;
    reasons = ['no channel is connected'];
    line = 'not ready';
    lines = 0;
  });

  it('asks for more time as long as the start takes, and says why it takes so long', async () => {
    open(30_000);
    await clock.advance(25_000);
    expect(said).to.deep.equal(['0 extend 60000', '0 status not ready', '10 extend 60000', '20 extend 60000']);
  });

  it('asks for no more time while it makes no progress', async () => {
    open(30_000);
    await clock.advance(5_000);
    trouble = 'the event loop was late';
    await clock.advance(300_000);
    expect(heard('extend')).to.deep.equal(['0 extend 60000']);
  });

  it('feeds the watchdog twice in its time once it is ready, also while the platform is away', async () => {
    const heartbeat = open(30_000);
    await clock.advance(4_000);
    reasons = [];
    line = 'ready';
    heartbeat.ready();
    expect(said.slice(-3)).to.deep.equal(['4 ready', '4 watchdog', '4 status ready']);
    reasons = ['no channel is connected'];
    await clock.advance(30_000);
    expect(heard('watchdog')).to.deep.equal(['4 watchdog', '19 watchdog', '34 watchdog']);
    expect(heard('extend')).to.deep.equal(['0 extend 60000']);
  });

  it('does not feed it without progress, and at once when there is some again', async () => {
    const heartbeat = open(30_000);
    heartbeat.ready();
    trouble = 'the event loop was late';
    await clock.advance(17_500);
    expect(heard('watchdog')).to.deep.equal(['0 watchdog']);
    trouble = undefined;
    await clock.advance(500);
    expect(heard('watchdog')).to.deep.equal(['0 watchdog', '18 watchdog']);
  });

  it('feeds nothing that does not watch', async () => {
    const heartbeat = open();
    heartbeat.ready();
    await clock.advance(60_000);
    expect(heard('watchdog').concat(heard('extend'))).to.be.empty;
  });

  it('tells at once what makes it unready, and figures each 10 s if they are others', async () => {
    const heartbeat = open();
    reasons = [];
    line = 'ready: 1 calls';
    heartbeat.ready();
    await clock.advance(3_000);
    line = 'ready: 2 calls';
    await clock.advance(20_000);
    reasons = ['no channel is connected'];
    line = 'not ready';
    await clock.advance(2_000);
    expect(heard('status')).to.deep.equal(['0 status ready: 1 calls', '10 status ready: 2 calls', '24 status not ready']);
    expect(lines).to.equal(4);
  });

  it('says when a reload begins and ends, and looks at once how it goes after it', async () => {
    const heartbeat = open();
    heartbeat.ready();
    await clock.advance(1_000);
    said = [];
    heartbeat.reload(() => {
      said.push('reload');
      line = 'not ready; the last reload was refused';
    });
    await clock.advance(0);
    expect(said).to.deep.equal(['1 reloading', 'reload', '1 ready', '1 status not ready; the last reload was refused']);
  });

  it('does not call itself ready because of a reload while it starts', () => {
    open().reload(() => said.push('reload'));
    expect(said).to.deep.equal(['reload']);
  });

  it('says how long the stop may take, and feeds the watchdog until the end', async () => {
    const heartbeat = open(30_000);
    heartbeat.ready();
    await clock.advance(1_000);
    said = [];
    line = 'not ready (the daemon is stopping)';
    heartbeat.stopping(20_000);
    await clock.advance(15_000);
    expect(said).to.deep.equal(['1 stopping 20000', '1 status not ready (the daemon is stopping)', '15 watchdog']);
    heartbeat.stop();
    await clock.advance(60_000);
    expect(said).to.have.length(3);
  });

  it('asks for no more time for the start once it stops', async () => {
    const heartbeat = open(30_000);
    await clock.advance(1_000);
    heartbeat.stopping(20_000);
    await clock.advance(60_000);
    expect(heard('extend')).to.deep.equal(['0 extend 60000']);
  });
});
