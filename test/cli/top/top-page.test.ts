import { expect } from 'chai';
import fc from 'fast-check';
import { viewOf } from '../../../src/cli/top/status-view.js';
import { topPage, type Shown, type Window } from '../../../src/cli/top/top-page.js';
import { well } from '../../support/well.js';

const plain: Window = { columns: 80, rows: 24, paint: (_, text) => text };
const shown = (parts: Partial<Shown> = {}): Shown => ({ view: viewOf(well), paces: [], stale: undefined, footer: 'q ends it', ...parts });

describe('the page of `top`', () => {
  it('shows the figures on a window of 80 columns and 24 rows', () => {
    const paces = [{ name: 'events', now: 2.5, past: [0, 5, 2.5] }];
    expect(topPage(shown({ paces }), plain)).to.deep.equal([
      'attributed 1.2.3, up for 2.0 h, ready',
      '',
      '  events/s        2.5   ▁█▅',
      '  wishes     0 pending, 0 applied and not yet confirmed, 0 dead letters',
      '  calls      9 live, 12 held',
      '  budget     ███████░░░ 212 of 300 requests left, anew in 23.0 s; 0 wait',
      '  to applied half within 180 ms, 95 % within 1.2 s, 2 wishes',
      '  topics     2 of 2 permitted',
      '  outbox     ░░░░░░░░░░ 3 kept, 0 open, 0 dead; 1.5 KiB of 1 GiB',
      '  lookup     crm half within 80 ms, 95 % within 80 ms, at most 80 ms, 1 request',
      '  lookup     other half within 10 ms, 95 % within 10 ms, at most 10 ms, 1',
      '             request',
      '  channel    3fa2b1c0 open, 2 topics, frame 1.2 s ago, event 9.0 s ago',
      '',
      'q ends it',
    ]);
  });

  it('says first what is not well, and that the figures are old', () => {
    const view = viewOf({
      ...well,
      ready: false,
      reasons: ['no channel is connected'],
      outOfReach: true,
      topics: { desired: 2, permitted: 1, rejected: [{ topic: 'v2.a', missingPermissions: [] }] },
    });
    expect(topPage(shown({ view, stale: 'no daemon answers' }), plain).slice(0, 5)).to.deep.equal([
      'attributed 1.2.3, up for 2.0 h, not ready',
      '  no daemon answers',
      '  no channel is connected',
      '  Genesys Cloud is out of reach: it is tried again by itself',
      '  1 topic refused: see `attributed status`',
    ]);
  });

  it('shows channels that are not open first, and says how many lines have no room', () => {
    const channels = Array.from({ length: 18 }, (_, index) => ({
      channel: `c${index}`,
      state: index === 17 ? 'waiting' : 'open',
      topics: 1,
    }));
    const lines = topPage(shown({ view: viewOf({ ...well, lookups: [], channels }) }), plain);
    expect(lines).to.have.length(24);
    expect(lines[8]).to.equal('  channel    c17 waiting');
    expect(lines.at(-3)).to.equal('  … 5 more lines: make the window higher');
  });

  it('fits into every window, and leaves nothing out of a high one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }), (columns, rows) => {
        const lines = topPage(shown({ stale: 'no daemon answers at 127.0.0.1:8090: start it' }), { ...plain, columns, rows });
        expect(lines.length).to.be.at.most(rows);
        for (const line of lines) expect(line.length).to.be.at.most(columns);
      }),
    );
    expect(topPage(shown(), { ...plain, rows: Infinity })).to.have.length(14);
  });

  it('takes no part of what others wrote for a terminal’s words', () => {
    const view = { ...viewOf(well), rows: [{ name: 'lookup', text: 'a\u001b[2Jb' }] };
    expect(topPage(shown({ view }), plain).join('')).not.to.include('\u001b');
  });
});
