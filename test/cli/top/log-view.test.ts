import { expect } from 'chai';
import { LogView } from '../../../src/cli/top/log-view.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('the figures that a log tells', () => {
  let clock: FakeClock;
  let log: LogView;

  beforeEach(() => {
    clock = new FakeClock();
    log = new LogView({ clock, name: 'a.log' });
  });

  const tell = (event: string, fields: Record<string, unknown> = {}, level = 'info'): void => {
    log.take(JSON.stringify({ timestamp: new Date(clock.wall()).toISOString(), level, event, message: 'said', ...fields }));
  };
  const row = (name: string): string[] => log.view.rows.filter((each) => each.name === name).map(({ text }) => text);

  it('are none at first, and other lines change nothing', () => {
    log.take('Error: a crash');
    expect(log.view).to.deep.include({ title: 'a.log', ready: undefined, troubles: [], totals: { writes: 0, conflicts: 0, failed: 0 } });
    expect(row('wishes')).to.deep.equal(['0 pending, 0 applied and not yet confirmed, 0 dead letters']);
    expect(row('to applied')).to.be.empty;
  });

  it('follow a wish from its acceptance over a conflict to its confirmation', async () => {
    tell('intent.accepted', { intentId: 'i', conversationId: 'c', keys: ['tier'] });
    await clock.advance(1_500);
    expect(row('wishes')).to.deep.equal(['1 pending (the oldest for 1.5\u00a0s), 0 applied and not yet confirmed, 0 dead letters']);
    tell('write.sent', { intentIds: ['i'], keys: ['tier'] });
    tell('write.conflict', { intentIds: ['i'], keys: ['tier'] });
    tell('write.sent', { intentIds: ['i'], keys: ['tier'] });
    tell('write.applied', { intentIds: ['i'], keys: ['tier'] });
    expect(row('wishes')).to.deep.equal(['0 pending, 1 applied and not yet confirmed, 0 dead letters']);
    expect(row('to applied')).to.deep.equal(['half within 1.5\u00a0s, 95 % within 1.5\u00a0s, 1 wish']);
    expect(log.view.totals).to.deep.equal({ writes: 2, conflicts: 1, failed: 0 });
    tell('intent.confirmed', { intentId: 'i' });
    expect(row('wishes')).to.deep.equal(['0 pending, 0 applied and not yet confirmed, 0 dead letters']);
    tell('intent.reasserted', { intentId: 'i' });
    expect(row('wishes')[0]).to.match(/^1 pending/);
  });

  it('count a dead letter until it is retried or dropped', () => {
    for (const intentId of ['i', 'j']) {
      tell('intent.accepted', { intentId });
      tell('intent.dead', { intentId }, 'error');
    }
    expect(row('wishes')[0]).to.match(/^0 pending.*2 dead letters$/);
    tell('deadletter.retried', { intentId: 'i' });
    tell('deadletter.dropped', { intentId: 'j' });
    expect(row('wishes')[0]).to.match(/^1 pending.*0 dead letters$/);
    tell('intent.satisfied', { intentId: 'i' });
    expect(row('wishes')[0]).to.match(/^0 pending/);
  });

  it('count calls, and the failures of one grouped line', () => {
    for (const conversationId of ['a', 'b', 'c']) tell('conversation.started', { conversationId });
    tell('conversation.ended', { conversationId: 'a' });
    tell('conversation.evicted', { conversationId: 'b' });
    tell('write.failed', { repeated: 4 }, 'warn');
    expect(row('calls')).to.deep.equal(['1 call that began since the first line and live']);
    expect(log.view.totals['failed']).to.equal(4);
  });

  it('name the lookups that fail, the most frequent first', () => {
    tell('lookup.failed', { lookup: 'one' }, 'warn');
    tell('lookup.failed', { lookup: 'crm', repeated: 7 }, 'warn');
    expect(row('lookup')).to.deep.equal(['crm failed 7 times', 'one failed 1 time']);
  });

  it('follow the daemon and its channels, and forget what was open when it is started anew', () => {
    tell('daemon.started', { version: '1.2.3' });
    expect(log.view).to.include({ title: 'a.log, attributed 1.2.3', ready: false });
    tell('daemon.ready');
    tell('channel.connected', { channel: 'x' });
    tell('channel.connected', { channel: 'y' });
    tell('channel.lost', { channel: 'y' }, 'warn');
    expect(log.view.ready).to.equal(true);
    expect(row('channel')).to.deep.equal(['x open', 'y lost']);
    tell('channel.rotated', { channel: 'x' });
    expect(row('channel')).to.deep.equal(['y lost']);
    tell('daemon.stopping');
    expect(log.view.ready).to.equal(false);
    tell('conversation.started', { conversationId: 'a' });
    tell('daemon.started', { version: '1.2.4' });
    expect([row('calls'), row('channel')]).to.deep.equal([['0 calls that began since the first line and live'], []]);
  });

  it('show what went wrong for a minute', async () => {
    tell('outbox.full', {}, 'error');
    expect(log.view.troubles).to.deep.equal(['outbox.full: said']);
    await clock.advance(61_000);
    expect(log.view.troubles).to.be.empty;
  });
});
