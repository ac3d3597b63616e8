import { appendFileSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Deadlines } from '../../../src/base/deadlines.js';
import { follow, type FollowOptions } from '../../../src/cli/tail/follow.js';
import { eventually } from '../../support/eventually.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('a file that is followed', () => {
  let folder: string;
  let path: string;
  let end: AbortController;
  let clock: FakeClock;
  let deadlines: Deadlines;
  let got: string;
  let done: Promise<void> | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'attributed-test-'));
    path = join(folder, 'attributed.log');
    end = new AbortController();
    clock = new FakeClock();
    deadlines = new Deadlines(clock);
    got = '';
    done = undefined;
  });

  afterEach(async () => {
    end.abort();
    await done;
    deadlines.clear();
    rmSync(folder, { recursive: true });
  });

  const read = async (options: Partial<FollowOptions>): Promise<void> => {
    for await (const chunk of follow({ path, lines: undefined, follow: true, signal: end.signal, deadlines, ...options }))
      got += chunk.toString();
  };
  const begin = (options: Partial<FollowOptions> = {}): void => {
    done = read(options);
  };
  const comesTo = (text: string): Promise<void> => eventually(`it has read ${JSON.stringify(text)}`, () => got === text);

  it('is read as it grows', async () => {
    writeFileSync(path, 'one\n');
    begin();
    await comesTo('one\n');
    appendFileSync(path, 'tw');
    await comesTo('one\ntw');
    appendFileSync(path, 'o\n');
    await comesTo('one\ntwo\n');
  });

  it('begins with its last lines, or at its end', async () => {
    writeFileSync(path, 'one\ntwo\nthree\n');
    begin({ lines: 2 });
    await comesTo('two\nthree\n');
    end.abort();
    await done;
    got = '';
    end = new AbortController();
    begin({ lines: 0 });
    await eventually('it has read something', () => {
      appendFileSync(path, 'four\n');
      return got !== '';
    });
    expect(got).to.match(/^(four\n)+$/);
  });

  it('is read to its end and no further where it is not to be followed', async () => {
    writeFileSync(path, 'x'.repeat(200_000));
    await read({ follow: false });
    expect(got).to.have.length(200_000);
  });

  it('is left when it was renamed and the new one has something, and what came to the old one until then is read', async () => {
    writeFileSync(path, 'one\n');
    begin();
    await comesTo('one\n');
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'two\n');
    await comesTo('one\ntwo\n');
    writeFileSync(path, '');
    appendFileSync(`${path}.1`, 'three\n');
    appendFileSync(path, 'four\n');
    await comesTo('one\ntwo\nthree\nfour\n');
    appendFileSync(path, 'five\n');
    await comesTo('one\ntwo\nthree\nfour\nfive\n');
  });

  it('may be rotated again and again', async () => {
    writeFileSync(path, '0\n');
    begin();
    let wanted = '0\n';
    for (let round = 1; round <= 5; round += 1) {
      await comesTo(wanted);
      renameSync(path, `${path}.${round}`);
      writeFileSync(path, `${round}\n`);
      wanted += `${round}\n`;
    }
    await comesTo(wanted);
  });

  it('ends its last line when another file begins', async () => {
    writeFileSync(path, 'hal');
    begin();
    await comesTo('hal');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'whole\n');
    await comesTo('hal\nwhole\n');
  });

  it('is read from its beginning when it was truncated', async () => {
    writeFileSync(path, 'one\ntwo\n');
    begin();
    await comesTo('one\ntwo\n');
    truncateSync(path);
    appendFileSync(path, 'new\n');
    await comesTo('one\ntwo\nnew\n');
  });

  it('is found by the poll where a link leads to another directory, which no watch tells of', async () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'one\n');
    const links = mkdtempSync(join(folder, 'links-'));
    path = join(links, 'a.log');
    symlinkSync(elsewhere, path);
    begin();
    await comesTo('one\n');
    appendFileSync(elsewhere, 'two\n');
    await eventually('it has read the second line', async () => {
      await clock.advance(1_000);
      return got === 'one\ntwo\n';
    });
  });

  it('is waited for between a rename and the new one', async () => {
    writeFileSync(path, 'one\n');
    begin();
    await comesTo('one\n');
    renameSync(path, `${path}.1`);
    for (let poll = 0; poll < 5; poll += 1) await clock.advance(1_000);
    writeFileSync(path, 'two\n');
    await comesTo('one\ntwo\n');
  });

  it('ends when it is told to, though nothing comes', async () => {
    writeFileSync(path, '');
    begin();
    end.abort();
    await done;
    expect(got).to.equal('');
  });

  for (const [what, make, fault] of [
    ['is not there', () => undefined, /^Error: cannot read .*: ENOENT/],
    ['is a directory', () => (path = folder), /is a directory, expected a log file$/],
  ] as const)
    it(`is refused if it ${what}`, async () => {
      make();
      const error: unknown = await read({}).catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(fault);
    });
});
