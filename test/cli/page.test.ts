import { expect } from 'chai';
import fc from 'fast-check';
import { columns, counted, hanging, lasting, paintFor, plain, sized } from '../../src/cli/page.js';

describe('a page in the terminal', () => {
  it('has no line wider than 80 columns and loses no text, whatever comes from outside', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 400 }), (label, text) => {
        const lines = hanging(plain(label), text);
        for (const line of lines) expect(line.length).to.be.at.most(columns);
        const letters = (written: string): string => written.replace(/[\s\u00a0]/gu, '');
        expect(letters(lines.join(''))).to.equal(letters(plain(plain(label))) + letters(plain(text)));
      }),
    );
  });

  it('puts later lines under the beginning of the text', () => {
    const [first = '', second = ''] = hanging('  state  ', 'word '.repeat(30).trim());
    expect(first).to.match(/^ {2}state {2}word word/);
    expect(second).to.match(/^ {9}word/);
  });

  it('lets nothing through that a terminal would act on', () => {
    expect(plain('a\u001b[31mred\u0007\r\nb\u202ec')).to.equal('a·[31mred· b·c');
  });

  it('tells durations and sizes with a unit that fits', () => {
    const spaced = (text: string): string => text.replaceAll('\u00a0', ' ');
    expect([0, 999, 1_500, 90_000, 720_000, 12_600_000, 1_036_800_000].map(lasting).map(spaced)).to.deep.equal([
      '0 ms',
      '999 ms',
      '1.5 s',
      '90.0 s',
      '12 min',
      '3.5 h',
      '12 d',
    ]);
    expect([0, 512, 1_536, 20 * 1024 ** 2, 1024 ** 3].map(sized).map(spaced)).to.deep.equal(['0 B', '512 B', '1.5 KiB', '20 MiB', '1 GiB']);
    expect([counted(1, 'wish', 'wishes'), counted(2, 'wish', 'wishes'), counted(0, 'call')]).to.deep.equal([
      '1 wish',
      '2 wishes',
      '0 calls',
    ]);
  });

  it('is coloured on a terminal with colours only', () => {
    const stream = (isTTY: boolean, coloured: boolean): NodeJS.WriteStream =>
      Object.assign(Object.create(process.stdout) as NodeJS.WriteStream, { isTTY, hasColors: () => coloured });
    expect(paintFor(stream(true, true))('red', 'x')).to.equal('\u001b[31mx\u001b[39m');
    expect(paintFor(stream(true, false))('red', 'x')).to.equal('x');
    expect(paintFor(stream(false, true))('red', 'x')).to.equal('x');
  });
});
