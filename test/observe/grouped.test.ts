import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { grouped } from '../../src/observe/grouped.js';
import { Journal, withJournal } from '../../src/observe/journal.js';
import { logEvents, type LogEvent } from '../../src/observe/log-events.js';
import type { Log } from '../../src/observe/log.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

describe('a log that groups lines that are alike', () => {
  let clock: FakeClock;
  let recording: RecordingLog;
  let log: Log;

  beforeEach(() => {
    clock = new FakeClock();
    recording = new RecordingLog();
    log = grouped(recording, { clock, deadlines: new Deadlines(clock) });
  });

  const silent = (channel: string): void => {
    log.warn('channel.silent', 'the socket is taken for dead', { channel, silentMs: 35_000 });
  };

  it('writes the first at once, and after ten seconds those that followed as one, with their number and time', async () => {
    silent('a');
    expect(recording.of('channel.silent')).to.deep.equal([{ channel: 'a', silentMs: 35_000 }]);
    await clock.advance(1_000);
    silent('a');
    await clock.advance(3_000);
    silent('a');
    await clock.advance(5_999);
    expect(recording.lines).to.have.length(1);
    await clock.advance(1);
    expect(recording.lines.slice(1)).to.deep.equal([
      {
        level: 'warn',
        event: 'channel.silent',
        message: 'the socket is taken for dead',
        fields: { channel: 'a', repeated: 2, forMs: 4_000 },
      },
    ]);
  });

  it('says nothing more of a line that did not come again, and writes it anew after that', async () => {
    silent('a');
    await clock.advance(10_000);
    silent('a');
    await clock.advance(10_000);
    expect(recording.of('channel.silent')).to.deep.equal([
      { channel: 'a', silentMs: 35_000 },
      { channel: 'a', silentMs: 35_000 },
    ]);
    expect(clock.timers).to.equal(0);
  });

  it('keeps apart what differs in the fields by which the event is grouped, in its level or in its message', async () => {
    silent('a');
    silent('b');
    log.error('channel.silent', 'the socket is taken for dead', { channel: 'a' });
    log.warn('channel.silent', 'another message', { channel: 'a' });
    expect(recording.lines).to.have.length(4);
    await log.close();
  });

  it('writes the first of errors at once too', async () => {
    for (let time = 0; time < 3; time += 1) log.error('outbox.failed', 'the outbox could not be written', { error: 'ENOSPC' });
    expect(recording.of('outbox.failed')).to.deep.equal([{ error: 'ENOSPC' }]);
    await clock.advance(10_000);
    expect(recording.of('outbox.failed').at(-1)).to.deep.equal({ error: 'ENOSPC', repeated: 2, forMs: 0 });
  });

  it('tells refusals of the OAuth client together, whatever their correlation ids', async () => {
    const refused = (correlationId: string, status = 401): void => {
      log.error('auth.refused', 'the OAuth client was refused', { status, code: 'invalid_client', correlationId });
    };
    for (const id of ['a', 'b', 'c']) refused(id);
    refused('d', 403);
    expect(recording.of('auth.refused').map(({ correlationId }) => correlationId)).to.deep.equal(['a', 'd']);
    await clock.advance(10_000);
    expect(recording.of('auth.refused').slice(2)).to.deep.equal([{ status: 401, code: 'invalid_client', repeated: 2, forMs: 0 }]);
  });

  it('writes every line of a story, of a dead letter, and of events that say so', async () => {
    for (let time = 0; time < 3; time += 1) {
      log.warn('write.failed', 'no success', { conversationId: 'c' });
      log.error('intent.dead', 'given up', { intentId: 'i' });
      log.info('write.applied', 'the platform took it');
      log.debug('write.sent', 'a write went to the wire', () => ({ conversationId: 'c' }));
    }
    expect(recording.lines).to.have.length(12);
    expect(clock.timers).to.equal(0);
    await log.close();
  });

  it('lets the journal see every line', () => {
    const journal = new Journal({ clock });
    const journalled = withJournal(log, journal);
    for (let time = 0; time < 3; time += 1)
      journalled.warn('rule.failed', 'the rule could not be carried out', { rule: 'tier', conversationId: 'c', error: 'no' });
    expect(recording.lines).to.have.length(1);
    expect(journal.of('c')?.first).to.have.length(3);
  });

  it('tells what it holds back when it is closed, and sets no timer that outlives it', async () => {
    silent('a');
    silent('a');
    silent('b');
    await log.close();
    expect(recording.of('channel.silent').slice(2)).to.deep.equal([{ channel: 'a', repeated: 1, forMs: 0 }]);
    await clock.advance(20_000);
    expect(recording.lines).to.have.length(3);
  });

  it('holds a thousand groups at most, and writes what would be one more line by line', async () => {
    for (let time = 0; time < 2; time += 1) for (let channel = 0; channel < 1_001; channel += 1) silent(String(channel));
    expect(recording.lines).to.have.length(1_002);
    await clock.advance(10_000);
    expect(recording.lines).to.have.length(2_002);
  });

  it('passes on what the log says of itself', () => {
    expect({ values: log.values, dropped: log.dropped }).to.deep.equal({ values: false, dropped: 0 });
  });

  it('groups only by fields that the event has, none that the line with the number has too, and no story', () => {
    for (const [event, { fields, groupedBy }] of Object.entries<LogEvent>(logEvents)) {
      if (groupedBy === undefined) continue;
      expect(fields.split(', '), event).to.include.members([...groupedBy]);
      expect(groupedBy, event).to.not.include('forMs').and.not.include('repeated');
      expect(event).to.not.match(/^(write|intent)\./);
    }
  });
});
