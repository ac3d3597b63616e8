import { expect } from 'chai';
import fc from 'fast-check';
import { parseDuration, parseSize } from '../../src/config/units.js';

const durations = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizes = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 };

describe('units', () => {
  it('make a duration milliseconds, for any whole amount', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...Object.entries(durations)), (amount, [unit, factor]) => {
        expect(parseDuration(`${amount}${unit}`)).to.equal(amount * factor);
      }),
    );
  });

  it('make a size bytes, for any whole amount', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...Object.entries(sizes)), (amount, [unit, factor]) => {
        expect(parseSize(`${amount}${unit}`)).to.equal(amount * factor);
      }),
    );
  });

  it('may stand after a broken amount', () => {
    expect(parseDuration('0.5h')).to.equal(1_800_000);
    expect(parseSize('2.5MiB')).to.equal(2_621_440);
  });

  for (const text of ['', '150', '2 s', ' 2s', '2s ', '-2s', '2S', '.5s', '2.s', '1e3ms', '2w', 's', '1m30s', '2constructor'])
    it(`give no duration for ${JSON.stringify(text)}`, () => {
      expect(parseDuration(text)).to.equal(undefined);
    });

  for (const text of ['', '1024', '1 GiB', '1GB', '1gib', '-1B', '1G', 'GiB'])
    it(`give no size for ${JSON.stringify(text)}`, () => {
      expect(parseSize(text)).to.equal(undefined);
    });
});
