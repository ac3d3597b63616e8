import type { Status } from '../../src/figures/status.js';

/** The figures of a daemon with which all is well. */
export const well: Status = {
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
