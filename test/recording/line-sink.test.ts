import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { LineSink } from '../../src/recording/line-sink.js';
import { inFolder } from '../config/folder.js';

describe('LineSink', () => {
  it('makes a new file that only its owner reads', () =>
    inFolder({}, async (folder) => {
      const file = join(folder, 'r.ndjson');
      const sink = await LineSink.create(file);
      expect([sink.write('one\n'), sink.write('zwö\n')]).to.deep.equal([true, true]);
      await sink.close({ end: true });
      expect(readFileSync(file, 'utf8')).to.equal('one\nzwö\n');
      expect(sink.bytes).to.equal(9);
      expect(statSync(file).mode & 0o777).to.equal(0o600);
    }));

  it('never overwrites a file', () =>
    inFolder({}, async (folder) => {
      const file = join(folder, 'r.ndjson');
      writeFileSync(file, 'precious');
      const error = await LineSink.create(file).catch((thrown: unknown) => thrown);
      expect(String(error)).to.equal(`RecordingUnusable: ${file} exists, and a recording never overwrites a file: name another one`);
      expect(readFileSync(file, 'utf8')).to.equal('precious');
    }));

  it('says why it cannot make one', async () => {
    const error = await LineSink.create('/nowhere/r.ndjson').catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/^RecordingUnusable: cannot write \/nowhere\/r\.ndjson: ENOENT/);
  });

  it('refuses lines while the other side is too slow', async () => {
    const slow = new PassThrough({ highWaterMark: 1 });
    const sink = new LineSink(slow, 8);
    const taken = Array.from({ length: 8 }, () => sink.write('12345\n'));
    expect(taken.slice(0, 2)).to.deep.equal([true, true]);
    expect(taken.at(-1)).to.equal(false);
    expect(sink.bytes).to.equal(6 * taken.filter(Boolean).length);
    slow.resume();
    await sink.close({ end: false });
    expect(sink.write('12345\n')).to.equal(true);
  });

  for (const [what, code, reason] of [
    ['the reason of a failure', 'ENOSPC', 'ENOSPC: no'],
    ['nothing of a reader that went away', 'EPIPE', undefined],
  ] as const)
    it(`tells ${what}, takes no more and can be closed`, async () => {
      const failing = new Writable({
        write: (_chunk, _encoding, done) => {
          done(Object.assign(new Error(`${code}: no`), { code }));
        },
      });
      const sink = new LineSink(failing);
      sink.write('one\n');
      expect(await sink.broken).to.equal(reason);
      expect(sink.write('two\n')).to.equal(false);
      await sink.close({ end: true });
    });
});
