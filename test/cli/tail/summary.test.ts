import { expect } from 'chai';
import { Summary } from '../../../src/cli/tail/summary.js';
import { entry } from './lines.js';

describe('the summary of a period', () => {
  const taken = (summary: Summary): string | undefined => summary.take()?.replaceAll('\u00a0', ' ');

  it('counts lines by level, writes, conflicts and dead letters, and the times from wish to applied', () => {
    const summary = new Summary();
    for (const [event, level] of [
      ['write.applied', 'info'],
      ['write.applied', 'info'],
      ['write.conflict', 'info'],
      ['intent.dead', 'error'],
      ['write.sent', 'debug'],
    ])
      summary.count(entry(0, event ?? '', {}, level));
    for (let ms = 100; ms >= 1; ms -= 1) summary.measure(ms);
    expect(taken(summary)).to.equal('1 error, 3 info, 1 debug; 2 writes, 1 conflict, 1 dead; wish to applied p50 50 ms, p95 95 ms');
  });

  it('is about its own period, and nothing where nothing came', () => {
    const summary = new Summary();
    expect(taken(summary)).to.equal(undefined);
    summary.count(entry(0, 'write.applied'));
    summary.measure(7);
    summary.take();
    expect(taken(summary)).to.equal(undefined);
    summary.count(entry(0, 'daemon.ready'));
    expect(taken(summary)).to.equal('1 info; 0 writes, 0 conflicts, 0 dead');
  });

  it('takes the newest 20,000 times where there are more', () => {
    const summary = new Summary();
    summary.count(entry(0, 'write.applied'));
    for (let time = 0; time < 20_000; time += 1) summary.measure(1);
    for (let time = 0; time < 20_000; time += 1) summary.measure(2);
    expect(taken(summary)).to.match(/p50 2 ms, p95 2 ms$/);
  });
});
