import { expect } from 'chai';
import sinon from 'sinon';
import { BoundedStream } from '../../src/observe/bounded-stream.js';
import { linesOf } from '../../src/observe/lines.js';
import { createLog, type Log, type LogOptions } from '../../src/observe/log.js';
import { logEvents } from '../../src/observe/log-events.js';
import { settled } from '../support/fake-clock.js';
import { SlowTarget } from './slow-target.js';

describe('the log', () => {
  let target: SlowTarget;
  let time: sinon.SinonFakeTimers;

  beforeEach(() => {
    target = new SlowTarget();
    time = sinon.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5, 6), toFake: ['Date'] });
  });

  afterEach(() => {
    time.restore();
  });

  const open = (options: Partial<LogOptions> = {}): Log => {
    const lines = linesOf({ format: 'json' });
    return createLog({ level: 'info', values: false, lines, sink: new BoundedStream({ target, lines }), ...options });
  };

  it('writes an event as one JSON object a line: timestamp, level, event, message, then the fields as given', async () => {
    const log = open();
    log.info('write.applied', 'the platform took it', { status: 200, code: undefined, etag: '"7"', intentIds: ['a', 'b'] });
    await log.close();
    expect(target.text).to.equal(
      '{"timestamp":"2026-01-02T03:04:05.006Z","level":"info","event":"write.applied","message":"the platform took it",' +
        '"status":200,"etag":"\\"7\\"","intentIds":["a","b"]}\n',
    );
  });

  it('writes an event without fields', async () => {
    const log = open();
    log.warn('outbox.volatile', 'in memory only');
    await log.close();
    expect(target.text).to.equal(
      '{"timestamp":"2026-01-02T03:04:05.006Z","level":"warn","event":"outbox.volatile","message":"in memory only"}\n',
    );
  });

  for (const { level, heard } of [
    { level: 'error', heard: ['error'] },
    { level: 'warn', heard: ['error', 'warn'] },
    { level: 'info', heard: ['error', 'warn', 'info'] },
    { level: 'debug', heard: ['error', 'warn', 'info', 'debug'] },
  ] as const) {
    it(`writes ${heard.join(', ')} at level ${level}, and does not even make the fields of other lines`, async () => {
      const log = open({ level });
      const made: string[] = [];
      for (const each of ['error', 'warn', 'info', 'debug'] as const) {
        log[each]('daemon.ready', 'x', () => {
          made.push(each);
          return { given: each };
        });
      }
      await log.close();
      expect(target.lines.map((line) => (JSON.parse(line) as { given: string }).given)).to.deep.equal(heard);
      expect(made).to.deep.equal(heard);
    });
  }

  it('takes another level and whether values are shown from the next line on', async () => {
    const log = open();
    log.debug('write.sent', 'before');
    log.configure({ level: 'debug', values: true });
    expect(log.values).to.equal(true);
    log.debug('write.sent', 'between');
    log.configure({ level: 'error', values: false });
    expect(log.values).to.equal(false);
    log.warn('write.failed', 'after');
    await log.close();
    expect(target.text).to.match(/^\{[^\n]*"between"\}\n$/);
  });

  it('tells whether attribute values may be shown', () => {
    expect(open().values).to.equal(false);
    expect(open({ values: true }).values).to.equal(true);
  });

  it('tells how many lines its sink has dropped', async () => {
    const log = open();
    target.hold();
    for (let line = 0; line < 250; line += 1) log.info('frame.invalid', 'x', { body: 'x'.repeat(40_000) });
    await settled();
    expect(log.dropped).to.be.within(30, 60);
    target.release();
    await log.close();
  });

  it('is closed only when the last line has left the process', async () => {
    const log = open();
    target.hold();
    log.info('daemon.stopping', 'x');
    log.info('daemon.stopped', 'x');
    const closed = sinon.spy();
    const closing = log.close().then(closed);
    await settled();
    expect(closed.callCount).to.equal(0);
    target.release();
    await closing;
    expect(target.lines).to.have.length(2);
  });

  it('drops what is logged after it was closed, without a crash', async () => {
    const log = open();
    await log.close();
    log.error('daemon.failed', 'too late');
    await settled();
    expect(target.text).to.equal('');
  });
});

describe('the log events', () => {
  it('are named room.event and say what they mean', () => {
    for (const [event, { says }] of Object.entries(logEvents)) {
      expect(event).to.match(/^[a-z]+\.[a-z]+$/);
      expect(says, event).to.have.length.above(10);
    }
  });
});
