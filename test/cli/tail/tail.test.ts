import { expect } from 'chai';
import type { Paint } from '../../../src/cli/page.js';
import { Tail, type TailDeps } from '../../../src/cli/tail/tail.js';
import { accepted, callId, line, wishId, write } from './lines.js';

describe('what a tail shows', () => {
  const plainly: Paint = (_, text) => text;
  const marked: Paint = (style, text) => `<${String(style)}>${text}</>`;
  const tail = (deps: Partial<TailDeps> = {}, { paint = plainly, width = Infinity } = {}): ((text: string) => string) => {
    const made = new Tail({ show: 'all', filter: () => true, narrow: false, look: () => ({ paint, width }), ...deps });
    return (text) => made.take(text);
  };

  it('is a line an entry: time, level, event, the call, the message and the fields, ids short; the day above the first', () => {
    const take = tail();
    const fields = {
      conversationId: callId,
      intentIds: [wishId, 'x'],
      etag: '"7"',
      tookMs: 80,
      error: 'two words',
      none: null,
      more: { a: 1 },
    };
    expect(take(line(1, 'write.conflict', fields))).to.equal(
      '2026-11-24 (UTC)\n' +
        '10:00:00.001 info  write.conflict 3f0c12ab a message intentIds=a1b2c3d4,x etag="7" tookMs=80 error="two words" none=null more={"a":1}\n',
    );
    expect(take(line(2, 'daemon.ready', {}, 'warn'))).to.equal('10:00:00.002 warn  daemon.ready a message\n');
    expect(take(line(86_400_000, 'daemon.ready'))).to.match(/^2026-11-25 \(UTC\)\n10:00:00\.000 info /);
  });

  it('says of a line that stands for others how many they were', () => {
    const fields = { channel: '6e87e1c4', repeated: 12, forMs: 4_000 };
    expect(tail()(line(0, 'channel.lost', fields, 'warn'))).to.match(
      / channel\.lost a message \(12 more within 4\.0 s\) channel=6e87e1c4\n$/,
    );
    expect(tail()(line(0, 'budget.throttled', { forMs: 7 }, 'warn'))).to.match(/ a message forMs=7\n$/);
  });

  it('leaves the id whole that the platform’s support asks for', () => {
    expect(tail()(line(0, 'write.failed', { correlationId: callId }))).to.match(new RegExp(` correlationId=${callId}\n$`));
  });

  it('shows attribute values where the log holds them', () => {
    expect(tail()(line(0, 'write.held', { keys: ['tier'], attributes: { p: { tier: 'gold' } } }))).to.match(/ a message tier="gold"\n$/);
  });

  it('is no wider than the terminal, and loses nothing there', () => {
    const words = Array.from({ length: 30 }, (_, at) => `word${at}`).join(' ');
    const lines = tail(
      {},
      { width: 80 },
    )(line(0, 'frame.invalid', { error: words, conversationId: callId }, 'warn'))
      .trim()
      .split('\n');
    for (const each of lines) expect(each.length).to.be.at.most(80);
    expect(lines.slice(2).every((each) => each.startsWith(' '.repeat(19)))).to.equal(true);
    expect(lines.join(' ').replace(/\s+/g, ' ')).to.include(words);
  });

  it('colours levels, and the whole of what is wrong', () => {
    const take = tail({}, { paint: marked });
    expect(take(line(0, 'daemon.ready')).split('\n')[1]).to.equal('<dim>10:00:00.000</> <green>info </> <bold>daemon.ready</> a message');
    expect(take(line(0, 'outbox.full', {}, 'error'))).to.include('<red>error</> <bold>outbox.full</><red> a message</>');
    expect(take('a trace')).to.equal('<dim>a trace</>\n');
  });

  it('lets nothing through that a terminal would act on', () => {
    const take = tail();
    const evil = '\u001b[2J';
    const shown = [
      line(0, `x${evil}`, { error: evil, conversationId: evil }, 'info', evil),
      `not JSON ${evil}`,
      line(0, 'x', { timestamp: evil }),
    ];
    for (const each of shown) expect(take(each)).to.not.include('\u001b');
  });

  it('has one line more when a wish ends', () => {
    const take = tail();
    take(line(...accepted(0)));
    take(line(...write(120, 'conflict')));
    expect(take(line(...write(212, 'applied'))).split('\n')[1]).to.equal(
      '10:00:00.212 call  3f0c12ab tier → written in 212 ms, 1 conflict',
    );
  });

  it('is only these lines where stories alone are asked for', () => {
    const take = tail({ show: 'stories' });
    expect([take(line(...accepted(0))), take('a trace'), take(line(...write(120, 'conflict')))]).to.deep.equal(['', '', '']);
    expect(take(line(...write(212, 'applied')))).to.equal(
      '2026-11-24 (UTC)\n10:00:00.212 call  3f0c12ab tier → written in 212 ms, 1 conflict\n',
    );
  });

  it('is what the filter lets through; stories are gathered of all lines, and shown if the one is that ends them', () => {
    const take = tail({ filter: ({ event }) => event === 'write.applied', narrow: true });
    expect([take(line(...accepted(0))), take('a trace'), take(line(...write(100, 'conflict')))]).to.deep.equal(['', '', '']);
    expect(take(line(...write(212, 'applied')))).to.include('in 212 ms, 1 conflict');
  });

  it('is the lines as they are where JSON is asked for, and nothing else', () => {
    const take = tail({ show: 'json', filter: ({ level }) => level === 'warn' });
    const wanted = `<4>${line(0, 'x', { b: 1, a: '\u00e4' }, 'warn')}`;
    expect([take(wanted), take(line(0, 'x')), take('a trace')]).to.deep.equal([`${wanted}\n`, '', '']);
    const json = new Tail({ show: 'json', filter: () => true, narrow: false, look: () => ({ paint: plainly, width: 80 }) });
    json.take(wanted);
    expect(json.summary(1)).to.equal('');
  });

  it('sums up all lines, shown or not', () => {
    const made = new Tail({ show: 'all', filter: () => false, narrow: true, look: () => ({ paint: marked, width: 80 }) });
    expect(made.summary(10_000)).to.equal('');
    made.take(line(...accepted(0)));
    made.take(line(...write(212, 'applied')));
    expect(made.summary(10_000)).to.equal(
      '<cyan>-- 10.0 s: 2 info; 1 write, 0 conflicts, 0 dead; wish to applied p50 212 ms, p95</>\n<cyan>           212 ms</>\n',
    );
    made.take(line(0, 'x', {}, 'error'));
    expect(made.summary(undefined)).to.equal('<cyan>-- in all: 1 error; 0 writes, 0 conflicts, 0 dead</>\n');
  });

  it('shows no more than the beginning of what is no entry', () => {
    expect(tail()('x'.repeat(100_000))).to.have.length(4_001);
    expect(tail()('')).to.equal('');
  });
});
