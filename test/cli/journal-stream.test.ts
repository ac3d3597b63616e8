import { closeSync, fstatSync, openSync } from 'node:fs';
import { expect } from 'chai';
import { isJournalStream } from '../../src/cli/journal-stream.js';

describe('a stream to journald', () => {
  let fd: number;

  beforeEach(() => {
    fd = openSync('/dev/null', 'w');
  });

  afterEach(() => {
    closeSync(fd);
  });

  it('is the one whose device and inode JOURNAL_STREAM names', () => {
    const { dev, ino } = fstatSync(fd);
    expect(isJournalStream(`${dev}:${ino}`, fd)).to.equal(true);
  });

  it('is none that goes elsewhere, though the variable was inherited, and none without it', () => {
    const { dev, ino } = fstatSync(fd);
    for (const variable of [`${dev}:${ino + 1}`, `${dev + 1}:${ino}`, '', undefined]) expect(isJournalStream(variable, fd)).to.equal(false);
  });
});
