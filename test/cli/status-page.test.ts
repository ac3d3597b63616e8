import { expect } from 'chai';
import { statusPage } from '../../src/cli/status-page.js';
import type { Status } from '../../src/figures/status.js';
import { widest } from '../support/asked.js';

const well: Status = {
  version: '1.2.3',
  uptimeMs: 7_200_000,
  ready: true,
  reasons: [],
  pending: 0,
  unconfirmed: 0,
  deadLetters: 0,
  conversations: 12,
  live: 9,
  perMinute: { events: 1, writes: 2, conflicts: 0, failed: 0 },
  totals: {
    events: 90,
    writes: 20,
    conflicts: 3,
    failed: 0,
    accepted: 18,
    applied: 16,
    confirmed: 15,
    satisfied: 1,
    superseded: 1,
    dead: 0,
  },
  wishToApplied: { count: 2, p50Ms: 180, p95Ms: 1_240, maxMs: 1_240 },
  lookups: [
    { lookup: 'crm', count: 1, p50Ms: 80, p95Ms: 80, maxMs: 80 },
    { lookup: 'other', count: 1, p50Ms: 10, p95Ms: 10, maxMs: 10 },
  ],
  outOfReach: false,
  budget: { allowed: 300, remaining: 212, resetsInMs: 23_000, heldForMs: 0, waiting: 0 },
  channels: [{ channel: '3fa2b1c0', state: 'open', topics: 2, lastEventMs: 9_000, lastFrameMs: 1_200 }],
  topics: { desired: 2, permitted: 2, rejected: [] },
  outbox: { kept: 3, open: 0, dead: 0, bytes: 1_536, maxBytes: 1024 ** 3 },
};

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
