import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { offsetOfLast } from '../../../src/cli/tail/last-lines.js';
import { inFolder } from '../../config/folder.js';

describe('the last lines of a file', () => {
  const last = (text: string, count: number): Promise<string> =>
    inFolder({}, async (folder) => {
      const path = join(folder, 'a.log');
      writeFileSync(path, text);
      const file = await open(path);
      try {
        return Buffer.from(text)
          .subarray(await offsetOfLast(file, count))
          .toString();
      } finally {
        await file.close();
      }
    });

  it('are as many as asked for, and what stands behind them without an end', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('', 'a', 'bb', 'x'.repeat(65_535), 'y'.repeat(65_536))),
        fc.constantFrom('', 'rest'),
        fc.nat(12),
        async (lines, rest, count) => {
          const ended = lines.map((line) => `${line}\n`);
          expect((await last(ended.join('') + rest, count)) === (count === 0 ? '' : ended.slice(-count).join('')) + rest).to.equal(true);
        },
      ),
      { numRuns: 60 },
    ));

  it('are all of a file that has fewer', async () => {
    expect(await last('a\nb\n', 5)).to.equal('a\nb\n');
    expect(await last('', 5)).to.equal('');
  });
});
