import { expect } from 'chai';
import { storyPage } from '../../../src/cli/explain/story-page.js';
import type { Story } from '../../../src/intent/local-api/story.js';

const cid = '0f1bd8f2-5d5e-4a0c-9a36-3f2bb0a3b6d1';
const intent = {
  intentId: 'aaaaaaaa-1111-4000-8000-000000000000',
  conversationId: cid,
  participantId: '@customer',
  acceptedAt: '2026-01-02T23:59:59.900Z',
  state: 'waiting',
  attempts: 0,
  keys: ['tier'],
};
const empty: Story = { conversationId: cid, known: true, over: false, participants: [], pipelines: [], intents: [], journal: [] };

const page = (story: Partial<Story>): string[] => storyPage({ ...empty, ...story }, (_, text) => text).split('\n');

describe('the page of a call’s story', () => {
  it('begins with what is known now', () => {
    const lines = page({
      version: 7,
      etag: '"7"',
      participants: [{ id: 'p1', purpose: 'customer', state: 'connected', attributes: { tier: '…' } }, { id: 'p2' }],
      pipelines: [
        { at: 'sending', since: '2026-01-02T23:59:59.950Z', etag: '"7"' },
        { at: 'waiting', until: '2026-01-03T00:00:00.100Z' },
      ],
      intents: [intent, { ...intent, state: 'applied' }, { ...intent, state: 'confirmed', finishedAt: intent.acceptedAt }],
    });
    expect(lines.slice(0, 7)).to.deep.equal([
      `conversation ${cid}`,
      '  live, version 7, ETag "7", 1 pending wish, 1 applied and not yet confirmed',
      '  customer p1, connected',
      '    tier=…',
      '  participant p2, state unknown',
      '  writing: sending, since 23:59:59.950, etag "7"',
      '  writing: waiting, until 00:00:00.100',
    ]);
  });

  it('says whether the call is over, or not held any more', () => {
    expect(page({ over: true })[1]).to.equal('  over, 0 pending wishes');
    expect(page({ known: false })[1]).to.equal('  not held now, 0 pending wishes');
  });

  it('has a line an entry: when, since the last one, what; and a line where the day changes', () => {
    const lines = page({
      journal: [
        { at: '2026-01-02T23:59:59.900Z', event: 'conversation.started', version: 1 },
        {
          at: '2026-01-02T23:59:59.950Z',
          event: 'conversation.changed',
          version: 2,
          folded: { count: 3, lastAt: '2026-01-03T00:00:01.950Z', newest: { version: 4 }, outcomes: { newer: 3 } },
        },
        { at: '2026-01-03T00:00:02.000Z', event: 'conversation.ended', version: 5 },
      ],
    });
    expect(lines.slice(3, 8)).to.deep.equal([
      '2026-01-02 (UTC)',
      '23:59:59.900           seen for the first time: version 1',
      '23:59:59.950   +50 ms  3 events within 2.0 s: 3 newer, version 2 to 4',
      '2026-01-03 (UTC)',
      '00:00:02.000   +50 ms  ended, no participant is left: version 5',
    ]);
  });

  it('tells where entries were dropped, and that there are none', () => {
    const entry = { at: '2026-01-02T00:00:00.000Z', event: 'conversation.started' };
    expect(page({ journal: [entry, entry], dropped: { after: 1, entries: 12 } })[5]).to.match(/… 12 entries dropped here$/);
    expect(page({})[3]).to.match(/^the journal has nothing of it/);
  });

  it('ends with the wishes, their states and why', () => {
    const lines = page({
      intents: [
        { ...intent, rule: 'tier', keys: undefined },
        {
          ...intent,
          attributes: { tier: 'gold' },
          state: 'dead',
          attempts: 1,
          reason: { what: 'refused', body: 'no', correlationId: 'c' },
        },
      ],
    });
    expect(lines.slice(lines.indexOf('wishes') + 1)).to.deep.equal([
      '  waiting    aaaaaaaa-1111-4000-8000-000000000000, 0 requests',
      '             rule tier at 23:59:59.900 for @customer: its lookup has not',
      '             answered',
      '  dead       aaaaaaaa-1111-4000-8000-000000000000, 1 request',
      '             local API at 23:59:59.900 for @customer: tier="gold"',
      '             refused, no, correlation c',
      '',
    ]);
  });

  it('is coloured by what a line means', () => {
    const story = {
      ...empty,
      journal: [{ at: intent.acceptedAt, event: 'write.applied', status: 200 }],
      intents: [{ ...intent, state: 'dead' }],
    };
    const text = storyPage(story, (style, line) => `<${String(style)}>${line}</>`);
    expect(text).to.contain('<green>applied: status 200</>').and.to.contain('<red>aaaaaaaa');
  });
});
