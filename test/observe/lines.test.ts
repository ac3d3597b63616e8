import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { linesOf } from '../../src/observe/lines.js';

/** What journald takes in one piece, in bytes (operations.md). */
const longest = 48 * 1024;

describe('a line of the log', () => {
  let time: sinon.SinonFakeTimers;
  const json = linesOf({ format: 'json' });
  const parse = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

  beforeEach(() => {
    time = sinon.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5, 6), toFake: ['Date'] });
  });

  afterEach(() => {
    time.restore();
  });

  it('stays one, whatever is in its fields', () => {
    for (const format of ['json', 'pretty'] as const)
      expect(linesOf({ format })('info', 'rule.failed', 'two\nlines', { error: 'first\r\nsecond' })).to.not.match(/[\r\n]/);
    expect(parse(json('info', 'rule.failed', 'two\nlines', { error: 'first\nsecond' }))).to.include({
      message: 'two\nlines',
      error: 'first\nsecond',
    });
  });

  it('is text for people in the pretty format, without fields that are not set', () => {
    const pretty = linesOf({ format: 'pretty' });
    const fields = { closeCode: 1006, reason: 'no pong', topic: undefined, tries: [1, 2] };
    expect(pretty('warn', 'channel.lost', 'the socket is gone', fields)).to.equal(
      '2026-01-02T03:04:05.006Z warn  channel.lost: the socket is gone closeCode=1006 reason=no pong tries=[1,2]',
    );
    expect(pretty('error', 'auth.refused', 'refused', {})).to.equal('2026-01-02T03:04:05.006Z error auth.refused: refused');
    expect(pretty('error', 'auth.refused', 'x', { error: '\u001b[2J' })).to.include('error="\\u001b[2J"');
  });

  for (const format of ['json', 'pretty'] as const)
    it(`begins with its level's number where journald reads it (${format})`, () => {
      const lines = linesOf({ format, prefixes: true });
      const plain = linesOf({ format });
      for (const [level, prefix] of [
        ['error', '<3>'],
        ['warn', '<4>'],
        ['info', '<6>'],
        ['debug', '<7>'],
      ] as const)
        expect(lines(level, 'daemon.ready', 'x', { a: 1 })).to.equal(`${prefix}${plain(level, 'daemon.ready', 'x', { a: 1 })}`);
    });

  it('that journald would split keeps the beginning of the text that is too long, and says how long it was', () => {
    const { cut, body, ...others } = parse(
      json('info', 'frame.invalid', 'not understood', { status: 400, body: 'ab'.repeat(longest), code: 'x' }),
    );
    expect(cut).to.deep.equal({ body: 2 * longest + 2 });
    expect(body).to.equal(`${'ab'.repeat(500)}…`);
    expect(others).to.include({ message: 'not understood', status: 400, code: 'x' });
  });

  it('loses a long list whole, as half of one would mislead', () => {
    const line = parse(json('warn', 'topics.rejected', 'x', { topic: 'a', missingPermissions: Array(5_000).fill('conversation:view') }));
    expect(line).to.include({ topic: 'a' }).and.not.have.property('missingPermissions');
    expect(line['cut']).to.have.all.keys('missingPermissions');
  });

  it('cuts no more fields than it must', () => {
    const line = parse(json('info', 'frame.invalid', 'x', { long: 'x'.repeat(longest), short: 'y'.repeat(2_000) }));
    expect(line['short']).to.have.length(2_000);
    expect(line['cut']).to.have.all.keys('long');
  });

  it('is measured in bytes, as journald does, not in characters', () => {
    expect(parse(json('info', 'frame.invalid', 'x', { body: 'ä'.repeat(30 * 1024) }))).to.have.property('cut');
    expect(parse(json('info', 'frame.invalid', 'x', { body: 'x'.repeat(48_000) })))
      .to.have.property('body')
      .with.length(48_000);
  });

  it('of a message without end keeps its beginning', () => {
    const { message, cut } = parse(json('error', 'daemon.failed', 'm'.repeat(2 * longest), { error: 'e' }));
    expect(message).to.equal(`${'m'.repeat(1_000)}…`);
    expect(cut).to.have.all.keys('all');
  });

  it('is JSON of at most 48 KiB with its end, whatever is logged', () => {
    const big = fc.oneof(
      fc.string(),
      fc.nat(200_000).map((length) => 'ü"'.repeat(length / 3)),
      fc.array(fc.string()),
      fc.nat(),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), big), fc.string(), (fields, message) => {
        const line = linesOf({ format: 'json', prefixes: true })('info', 'frame.invalid', message, fields);
        expect(Buffer.byteLength(`${line}\n`)).to.be.at.most(longest);
        expect(parse(line.slice(3))).to.have.property('level');
      }),
      { numRuns: 60 },
    );
  });
});
