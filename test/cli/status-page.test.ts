import { expect } from 'chai';
import { statusPage } from '../../src/cli/status-page.js';
import type { Status } from '../../src/figures/status.js';
import { widest } from '../support/asked.js';
import { well } from '../support/well.js';

const page = (status: Partial<Status>): string => statusPage({ ...well, ...status }, (_, text) => text);

describe('the page of the daemon’s figures', () => {
  it('shows them on one screen', () => {
    expect(page({}).split('\n')).to.deep.equal([
      'attributed 1.2.3, up for 2.0 h, ready',
      '  wishes       0 pending, 0 applied and not yet confirmed, 0 dead letters',
      '  calls        9 live, 12 held',
      '  last minute  1 event, 2 writes, 0 conflicts',
      '  to applied   half within 180 ms, 95 % within 1.2 s, 2 wishes',
      '  lookups      crm half within 80 ms, 95 % within 80 ms, 1 request',
      '  budget       212 of 300 requests left, anew in 23.0 s; 0 wait',
      '  channel      3fa2b1c0 open, 2 topics, frame 1.2 s ago, event 9.0 s ago',
      '  topics       2 of 2 permitted',
      '  outbox       3 kept, 0 open, 0 dead; 1.5 KiB of 1 GiB',
      '',
    ]);
  });

  it('says what is wrong', () => {
    const joined = page({
      ready: false,
      reasons: ['no channel is connected'],
      pending: 3,
      perMinute: { ...well.perMinute, failed: 5 },
      outOfReach: true,
      oldestMs: 61_000,
      deadLetters: 1,
      budget: { ...well.budget, heldForMs: 12_000, waiting: 4 },
      channels: [{ state: 'waiting', topics: 0, retryInMs: 300 }],
      outbox: { ...well.outbox, trouble: 'the disk is full' },
    });
    // wherever a line ends
    const text = joined.replace(/\s+/g, ' ');
    for (const part of [
      ', not ready no channel is connected ',
      '3 pending (the oldest for 61.0 s), 0 applied',
      '0 conflicts, 5 failed',
      'Genesys Cloud is out of reach',
      'held for 12.0 s by a 429; 4 wait',
      'waiting, tried again in 300 ms',
      '; the disk is full',
    ])
      expect(text).to.contain(part);
  });

  it('stays within 80 columns and one screen, whatever topics are rejected', () => {
    const topic = `v2.routing.queues.da26dfca-4544-435b-a0e6-73c72e54aada.conversations.calls`;
    const rejected = Array.from({ length: 9 }, (_, index) => ({
      topic,
      missingPermissions: index % 2 === 0 ? ['analytics:conversationDetail:view'] : [],
      ...(index === 1 ? { reason: 'no such queue' } : {}),
    }));
    const text = page({ topics: { desired: 9, permitted: 0, rejected } });
    expect(widest(text)).to.be.at.most(80);
    expect(text.split('\n').length).to.be.at.most(24);
    expect(text).to.contain('and 5 more').and.to.contain('missing').and.to.contain('no such');
  });
});
