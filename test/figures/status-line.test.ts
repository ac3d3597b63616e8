import { expect } from 'chai';
import { statusLine } from '../../src/figures/status-line.js';

const status = {
  ready: true,
  reasons: [],
  topics: { desired: 3, permitted: 2, rejected: [] },
  conversations: 14,
  pending: 5,
  perMinute: { events: 100, writes: 20, conflicts: 1, failed: 0 },
  deadLetters: 0,
};

describe('statusLine', () => {
  it('tells topics, calls, what is pending and conflicts', () => {
    expect(statusLine(status)).to.equal('ready: 2 of 3 topics, 14 calls, 5 pending, 1 conflicts a minute');
  });

  it('begins with the reasons if it is not ready, and tells dead letters if there are some', () => {
    const away = { ...status, ready: false, reasons: ['no channel is connected', 'the budget is used up'], deadLetters: 2 };
    expect(statusLine(away)).to.equal(
      'not ready (no channel is connected; the budget is used up): 2 of 3 topics, 14 calls, 5 pending, 1 conflicts a minute, 2 dead letters',
    );
  });
});
