import { expect } from 'chai';
import sinon from 'sinon';
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

  const open = (options: Partial<LogOptions> = {}): Log =>
    createLog({ level: 'info', format: 'json', values: false, stream: target, ...options });

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

  it('keeps a line a line, whatever is in its fields', async () => {
    const log = open();
    log.info('rule.failed', 'two\nlines', { error: 'first\nsecond' });
    await log.close();
    expect(target.lines).to.have.length(1);
    expect(JSON.parse(target.lines[0] ?? '')).to.include({ message: 'two\nlines', error: 'first\nsecond' });
  });

  it('writes text for people in the pretty format, and leaves out fields that are not set', async () => {
    const log = open({ format: 'pretty' });
    log.warn('channel.lost', 'the socket is gone', { closeCode: 1006, reason: 'no pong', topic: undefined, tries: [1, 2] });
    log.error('auth.refused', 'refused');
    await log.close();
    expect(target.lines).to.deep.equal([
      '2026-01-02T03:04:05.006Z warn  channel.lost: the socket is gone closeCode=1006 reason=no pong tries=[1,2]',
      '2026-01-02T03:04:05.006Z error auth.refused: refused',
    ]);
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

  it('replaces the fields of a line that journald would split by a mark', async () => {
    const log = open();
    log.info('frame.invalid', 'a frame could not be understood', { body: 'x'.repeat(48 * 1024) });
    await log.close();
    expect(JSON.parse(target.text)).to.deep.equal({
      timestamp: '2026-01-02T03:04:05.006Z',
      level: 'info',
      event: 'frame.invalid',
      message: 'a frame could not be understood',
      truncated: true,
    });
  });

  it('measures a line in bytes, as journald does, not in characters', async () => {
    const log = open();
    log.info('frame.invalid', 'x', { body: 'ä'.repeat(30 * 1024) });
    await log.close();
    expect(JSON.parse(target.text)).to.include({ truncated: true }).and.not.have.property('body');
  });

  it('leaves a long line alone that journald takes in one piece', async () => {
    const log = open();
    log.info('frame.invalid', 'x', { body: 'x'.repeat(48_000) });
    await log.close();
    expect(JSON.parse(target.text)).to.have.property('body').with.length(48_000);
  });

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
