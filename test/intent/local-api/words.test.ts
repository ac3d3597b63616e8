import { expect } from 'chai';
import { inWords, keysAndValues } from '../../../src/intent/local-api/words.js';
import { logEvents } from '../../../src/observe/log-events.js';

const at = '2026-01-02T03:04:05.006Z';
const say = (event: string, fields: Record<string, unknown> = {}): string =>
  inWords({ at, event, ...fields }).words.replaceAll('\u00a0', ' ');

const wish = 'aaaaaaaa-1111-4000-8000-000000000000';
const other = 'bbbbbbbb-1111-4000-8000-000000000000';

describe('an entry of the journal in words', () => {
  for (const [event, fields, words] of [
    ['conversation.started', { version: 3 }, 'seen for the first time: version 3'],
    ['conversation.started', {}, 'seen for the first time'],
    ['conversation.changed', { version: 4, outcome: 'newer', topic: 't' }, 'event, newer: version 4'],
    ['conversation.changed', { etag: '"x"', outcome: 'older' }, 'event, older: ETag "x"'],
    ['conversation.ended', { version: 9 }, 'ended, no participant is left: version 9'],
    ['conversation.etag', { version: 4, etag: '"x"' }, 'event versions are not ETags here: version 4, ETag "x"'],
    [
      'intent.accepted',
      { rule: 'tier', keys: ['a', 'b'], participantId: other, intentId: wish },
      'wished by rule tier: a, b, for bbbbbbbb, wish aaaaaaaa',
    ],
    [
      'intent.accepted',
      { keys: ['a'], participantId: '@customer', intentId: wish },
      'wished by the local API: a, for @customer, wish aaaaaaaa',
    ],
    ['intent.accepted', { keys: ['a'], attributes: { a: 'x' }, intentId: wish }, 'wished by the local API: a="x", wish aaaaaaaa'],
    [
      'intent.dead',
      { reason: 'refused', status: 403, code: 'no', body: '{}', correlationId: 'c', intentId: wish },
      'dead: refused, status 403, no, {}, correlation c, wish aaaaaaaa',
    ],
    ['rule.slow', { rule: 'tier', tookMs: 60 }, 'rule tier was slow: took 60 ms'],
    [
      'lookup.failed',
      { error: 'answered 500', retryInMs: 400, intentId: wish },
      'lookup failed: answered 500, tried again in 400 ms, wish aaaaaaaa',
    ],
    ['lookup.failed', { error: 'answered 400' }, 'lookup failed: answered 400, not tried again like this'],
    [
      'write.waiting',
      { reason: 'calm', forMs: 150, sinceStart: 300, sinceLast: 120, keys: ['a'], intentIds: [wish] },
      'waits for calm: for 150 ms or so, a burst of events, at most 300 ms since it began or 120 ms after its last, a, wish aaaaaaaa',
    ],
    ['write.waiting', { reason: 'calm', forMs: 150, keys: ['a'], intentIds: [wish] }, 'waits for calm: for 150 ms or so, a, wish aaaaaaaa'],
    ['write.waiting', { reason: 'budget', forMs: 1_500, keys: ['a'] }, 'has waited for the budget: for 1.5 s, a'],
    ['write.waiting', { reason: 'budget' }, 'has waited for the budget'],
    ['intent.confirmed', { intentId: wish }, 'confirmed, it was seen to have arrived: wish aaaaaaaa'],
    [
      'intent.reasserted',
      { keys: ['a'], times: 2, intentId: wish },
      'overwritten by somebody else, written again: a, time 2, wish aaaaaaaa',
    ],
    ['intent.reasserted', {}, 'overwritten by somebody else, written again'],
    ['intent.unconfirmed', { reason: 'gone', status: 404 }, 'cannot be confirmed: gone, status 404'],
    ['write.sent', { attempt: 1, keys: ['a'], etag: '3', intentIds: [wish] }, 'sent, attempt 1: a, version 3, wish aaaaaaaa'],
    ['write.sent', { attempt: 1, keys: ['a'], intentIds: [wish] }, 'sent, attempt 1: a, wish aaaaaaaa'],
    ['write.sent', { attempt: 2, keys: ['a'], etag: '"7"', intentIds: [wish] }, 'sent, attempt 2: a, If-Match "7", wish aaaaaaaa'],
    [
      'write.sent',
      { attempt: 1, keys: ['a'], etag: '"7"', intentIds: [wish, other] },
      'sent, attempt 1: a, If-Match "7", 2 wishes merged aaaaaaaa bbbbbbbb',
    ],
    ['write.applied', { status: 200, etag: '"8"', tookMs: 41 }, 'applied: status 200, ETag "8", took 41 ms'],
    [
      'write.conflict',
      { status: 409, etag: '"7"', currentEtag: '"9"' },
      'conflict, status 409: sent with "7", it is "9" now, again at once',
    ],
    ['write.conflict', { status: 412, etag: '"7"' }, 'conflict, status 412: sent with "7", the answer tells no ETag, again at once'],
    ['write.failed', { error: 'no answer', retryInMs: 1_500 }, 'failed: no answer, tried again in 1.5 s'],
    [
      'deadletter.retried',
      { keys: ['a'], leftOut: ['b'], intentId: wish },
      'dead letter retried: a, left out as newer wishes set them b, wish aaaaaaaa',
    ],
    ['something.new', { why: 'calm', until: 5, keys: ['a'] }, 'something.new: why=calm until=5 keys=["a"]'],
  ] as const)
    it(`is “${words}” for ${event}`, () => {
      expect(say(event, fields)).to.equal(words);
    });

  it('tells folded events with their number, span and versions', () => {
    const folded = { count: 4, lastAt: '2026-01-02T03:04:06.506Z', newest: { version: 6 }, outcomes: { newer: 3, duplicate: 1 } };
    expect(say('conversation.changed', { version: 4, outcome: 'newer', folded })).to.equal(
      '4 events within 1.5 s: 3 newer, 1 duplicate, version 4 to 6',
    );
    expect(say('conversation.changed', { version: 6, outcome: 'older', folded })).to.match(/, version 6$/);
    expect(say('conversation.changed', { outcome: 'newer', folded })).to.match(/, no version to 6$/);
  });

  it('has words or at least all fields for every event that concerns a conversation', () => {
    for (const [event, { fields }] of Object.entries(logEvents)) {
      if (!fields.includes('conversationId')) continue;
      const values = Object.fromEntries(fields.split(', ').map((field) => [field, field.endsWith('s') ? ['x'] : 'x']));
      const words = say(event, values);
      expect(words, event).to.have.length.above(5);
      expect(words, event).not.to.match(/undefined|\[object/);
    }
  });

  it('shows values quoted, and masked ones masked', () => {
    expect(keysAndValues({ a: 'x "y"', b: '…' })).to.deep.equal(['a="x \\"y\\""', 'b=…']);
    expect(keysAndValues({ p1: { a: 'x' } })).to.deep.equal(['a="x"']);
    expect(keysAndValues(undefined)).to.deep.equal([]);
  });
});
