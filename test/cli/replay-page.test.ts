import { expect } from 'chai';
import { columns } from '../../src/cli/page.js';
import { replayPage } from '../../src/cli/replay-page.js';
import type { Report } from '../../src/recording/report.js';
import { header } from '../recording/support/replayed.js';

const wish = { at: '2026-01-01T10:51:04.859Z', participantId: '7b481ef8-8342', purpose: 'customer', keys: ['tier', 'id'] };
const report: Report = {
  recording: { ...header, file: 'r.ndjson', seconds: 61.2, lines: 9 },
  conversations: [
    {
      conversationId: 'd936e2ef-9f4e-4a5c-ad05-e5da5c8a933f',
      rules: [
        {
          ...{ rule: 'tier', evaluated: 14, held: 12, wished: 302 },
          wishes: [wish, { ...wish, purpose: undefined, attributes: { tier: 'gold', note: 'x'.repeat(60) } }],
          notSet: [
            { why: 'undefined', keys: ['a', 'b'], times: 18 },
            { why: 'lookup not asked', detail: 'would look up http://crm/customers?phone=…', times: 1 },
          ],
        },
      ],
    },
  ],
  totals: {
    frames: { event: 5, heartbeat: 1, pong: 1, closing: 0, reply: 0 },
    invalid: { count: 1, first: [{ line: 5, error: 'the frame is not JSON' }] },
    broken: { count: 12, first: Array.from({ length: 12 }, (_, index) => ({ line: 20 + index, error: 'not JSON' })) },
    gaps: 1,
    events: { newer: 3, duplicate: 1, older: 1, ignored: 0 },
    conversations: 4,
    rules: [{ rule: 'tier', evaluated: 14, held: 12, wished: 302, left: { undefined: 18, 'lookup not asked': 1 } }],
  },
};

describe('the page of a replay', () => {
  const page = replayPage(report, (_, text) => text);
  const [calls = '', figures = ''] = page.slice(page.indexOf('\nconversation')).split('\nin all\n');

  it('tells call by call what each rule would have written, and what not and why', () => {
    expect(calls.split('\n')).to.deep.equal([
      '',
      'conversation d936e2ef-9f4e-4a5c-ad05-e5da5c8a933f',
      '  tier: held 12 of 14 times, 302 wishes',
      '    10:51:04.859  customer 7b481ef8: tier, id',
      '    10:51:04.859  participant 7b481ef8: tier="gold",',
      `                  note="${'x'.repeat(56)}`,
      '                  xxxx"',
      '    … and 300 more',
      '    not set 18 times - a, b: undefined',
      '    not set - lookup not asked: would look up http://crm/customers?phone=…',
      '',
    ]);
  });

  it('tells figures at its end, and names the first lines that are broken', () => {
    expect(figures.split('\n')).to.deep.equal([
      '  frames         5 event, 1 heartbeat, 1 pong, 0 closing, 0 reply',
      '  invalid        1: line 5 (the frame is not JSON)',
      '  broken lines   12: line 20 (not JSON), line 21 (not JSON), line 22 (not JSON),',
      '                 line 23 (not JSON), line 24 (not JSON), line 25 (not JSON),',
      '                 line 26 (not JSON), line 27 (not JSON), line 28 (not JSON),',
      '                 line 29 (not JSON), …',
      '  gaps           1',
      '  events         3 newer, 1 duplicate, 1 older, 0 ignored',
      '  conversations  4; of 1 a rule came to something',
      '  rule tier      held 12 of 14 times, 302 wishes, undefined 18 times, lookup not',
      '                 asked 1 time',
      '',
    ]);
  });

  it('says whether values were masked, and is no wider than 80 columns', () => {
    expect(page).to.include('rules see digests');
    expect(replayPage({ ...report, recording: { ...report.recording, masked: false } }, (_, text) => text)).to.not.include('digests');
    expect(Math.max(...page.split('\n').map(({ length }) => length))).to.be.at.most(columns);
  });
});
