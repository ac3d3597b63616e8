import { expect } from 'chai';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/cli/tail/line-splitter.js';

const longest = 256 * 1024;

describe('chunks that are cut into lines', () => {
  it('give the same lines wherever the chunks end, within a letter too', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')));
    fc.assert(
      fc.property(
        lines,
        fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, '')),
        fc.integer({ min: 1, max: 9 }),
        (all, rest, size) => {
          const bytes = Buffer.from(all.map((line) => `${line}\n`).join('') + rest);
          const splitter = new LineSplitter();
          const got: string[] = [];
          for (let at = 0; at < bytes.length; at += size) got.push(...splitter.push(bytes.subarray(at, at + size)));
          got.push(...splitter.end());
          expect(got).to.deep.equal(rest === '' ? all : [...all, rest]);
        },
      ),
    );
  });

  it('lose the carriage returns of a Windows shell', () => {
    expect([...new LineSplitter().push(Buffer.from('a\r\nb\r\n'))]).to.deep.equal(['a', 'b']);
  });

  it('keep only the beginning of a line without end, and then go on with the next one', () => {
    const splitter = new LineSplitter();
    const got: string[] = [];
    for (let part = 0; part < 40; part += 1) got.push(...splitter.push(Buffer.alloc(10 * 1024, 'x')));
    expect(got.map((line) => line.length)).to.deep.equal([longest]);
    expect([...splitter.push(Buffer.from('still\nnext\n'))]).to.deep.equal(['next']);
    expect([...splitter.push(Buffer.from(`${'y'.repeat(2 * longest)}\nnext\n`))].map((line) => line.length)).to.deep.equal([longest, 4]);
  });
});
