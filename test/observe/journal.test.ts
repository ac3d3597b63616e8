import { expect } from 'chai';
import fc from 'fast-check';
import { Journal, withJournal } from '../../src/observe/journal.js';
import type { LogEventName } from '../../src/observe/log-events.js';
import type { LogFields } from '../../src/observe/log-level.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

function open(most?: number) {
  const clock = new FakeClock();
  const journal = new Journal(most === undefined ? { clock } : { clock, most });
  const log = new RecordingLog();
  return { clock, journal, log, journalled: withJournal(log, journal), start: clock.wall() };
}

const changed = (version: number, outcome = 'newer'): LogFields => ({ conversationId: 'c', version, outcome });

describe('the journal', () => {
  it('keeps each line that concerns a conversation with its time, whatever the level, and hands all lines on as they are', async () => {
    const { clock, journal, log, journalled, start } = open();
    journalled.info('intent.accepted', 'wished for', { intentId: 'i', conversationId: 'c', keys: ['tier'] });
    await clock.advance(150);
    journalled.debug('write.sent', 'a PATCH', () => ({ conversationId: 'c', etag: '"7"' }));
    journalled.warn('budget.throttled', 'calls wait', { waiting: 3 });
    journalled.error('outbox.failed', 'no disk');
    expect(journal.of('c')).to.deep.equal({
      first: [
        { at: start, event: 'intent.accepted', fields: { intentId: 'i', keys: ['tier'] } },
        { at: start + 150, event: 'write.sent', fields: { etag: '"7"' } },
      ],
      dropped: 0,
      newest: [],
    });
    expect(log.lines.map(({ level, event, message, fields }) => [level, event, message, fields])).to.deep.equal([
      ['info', 'intent.accepted', 'wished for', { intentId: 'i', conversationId: 'c', keys: ['tier'] }],
      ['debug', 'write.sent', 'a PATCH', { conversationId: 'c', etag: '"7"' }],
      ['warn', 'budget.throttled', 'calls wait', { waiting: 3 }],
      ['error', 'outbox.failed', 'no disk', {}],
    ]);
    expect(journal.of('other')).to.equal(undefined);
  });

  it('makes the fields of a line once', () => {
    const { journalled } = open();
    let made = 0;
    journalled.debug('write.sent', 'a PATCH', () => ({ conversationId: 'c', made: (made += 1) }));
    expect(made).to.equal(1);
  });

  it('folds events that follow each other into one entry, from the first version to the newest', async () => {
    const { clock, journal, journalled, start } = open();
    for (const [version, outcome] of [
      [2, 'newer'],
      [2, 'duplicate'],
      [5, 'newer'],
      [3, 'older'],
    ] as const) {
      journalled.debug('conversation.changed', 'x', changed(version, outcome));
      await clock.advance(10);
    }
    journalled.debug('write.sent', 'x', { conversationId: 'c' });
    journalled.debug('conversation.changed', 'x', changed(6));
    expect(journal.of('c')?.first).to.deep.equal([
      {
        at: start,
        event: 'conversation.changed',
        fields: { version: 2, outcome: 'newer' },
        folded: {
          count: 4,
          lastAt: start + 30,
          newest: { version: 5, outcome: 'newer' },
          outcomes: { newer: 2, duplicate: 1, older: 1 },
        },
      },
      { at: start + 40, event: 'write.sent', fields: {} },
      { at: start + 40, event: 'conversation.changed', fields: { version: 6, outcome: 'newer' } },
    ]);
  });

  it('keeps values and the end of the log behind it as they are', async () => {
    const { journal } = open();
    const log = new RecordingLog({ values: true });
    expect(withJournal(log, journal).values).to.equal(true);
    withJournal(log, journal).configure({ level: 'info', values: false });
    expect([log.values, withJournal(log, journal).values]).to.deep.equal([false, false]);
    await withJournal(log, journal).close();
  });

  it('keeps the first 20 and the newest 180 entries of a conversation, and knows how many it dropped', () => {
    const names: LogEventName[] = ['conversation.changed', 'write.sent', 'write.conflict'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 600, size: 'max' }), (events) => {
        const { journal } = open();
        events.forEach((event, index) => {
          journal.record('c', event, { index, outcome: 'newer' });
        });
        const told = events
          .map((event, index) => ({ event, index }))
          .filter(({ event }, index) => event !== 'conversation.changed' || events[index - 1] !== event);
        const { first = [], dropped = 0, newest = [] } = journal.of('c') ?? {};
        const indices = (entries: typeof first): unknown[] => entries.map(({ fields }) => fields['index']);
        expect(indices(first)).to.deep.equal(told.slice(0, 20).map(({ index }) => index));
        expect(indices(newest)).to.deep.equal(
          told
            .slice(20)
            .slice(-180)
            .map(({ index }) => index),
        );
        expect(dropped).to.equal(Math.max(0, told.length - 200));
        const events_ = [...first, ...newest].reduce((sum, { folded }) => sum + (folded?.count ?? 1), 0);
        if (dropped === 0) expect(events_).to.equal(events.length);
      }),
      { numRuns: 60 },
    );
  });

  it('never keeps more entries over all than its limit, and forgets those conversations first that were quiet longest', () => {
    const most = 250;
    fc.assert(
      fc.property(fc.array(fc.record({ id: fc.integer({ min: 0, max: 40 }), times: fc.integer({ min: 1, max: 60 }) })), (rounds) => {
        const { journal } = open(most);
        const recency: string[] = [];
        for (const { id, times } of rounds) {
          const name = String(id);
          for (let time = 0; time < times; time += 1) journal.record(name, 'write.sent', {});
          recency.splice(0, recency.length, ...recency.filter((other) => other !== name), name);
          expect(journal.size.entries).to.be.at.most(most);
        }
        const kept = [...new Set(recency)].filter((name) => journal.of(name) !== undefined);
        expect(kept).to.deep.equal(recency.slice(recency.length - kept.length));
        expect(journal.size.conversations).to.equal(kept.length);
        const entries = kept.reduce((sum, name) => sum + (journal.of(name)?.first.length ?? 0) + (journal.of(name)?.newest.length ?? 0), 0);
        expect(journal.size.entries).to.equal(entries);
      }),
    );
  });
});
