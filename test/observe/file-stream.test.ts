import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { FileStream, LogFileUnusable } from '../../src/observe/file-stream.js';
import { linesOf } from '../../src/observe/lines.js';
import type { FileSystem, OpenFile } from '../../src/observe/log-file.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';

describe('a log file', () => {
  let folder: string;
  let path: string;
  let clock: FakeClock;
  let complaints: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'attributed-test-'));
    path = join(folder, 'attributed.log');
    clock = new FakeClock();
    complaints = [];
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const make = (fs?: FileSystem): Promise<FileStream> =>
    FileStream.open({
      path,
      clock,
      deadlines: new Deadlines(clock),
      lines: linesOf({ format: 'json' }),
      complain: (message) => complaints.push(message),
      ...(fs === undefined ? {} : { fs }),
    });
  const text = (name = path): string => readFileSync(name, 'utf8');
  const ended = (stream: FileStream): Promise<void> =>
    new Promise((resolve) => {
      stream.end(() => {
        resolve();
      });
    });
  const holds = (wanted: string, name = path): Promise<void> =>
    eventually(`${name} holds ${JSON.stringify(wanted)}`, () => existsSync(name) && text(name) === wanted);
  /** Likewise, while seconds pass. */
  const comesTo = (wanted: string): Promise<void> =>
    eventually(`${path} holds what it should`, async () => {
      await clock.advance(1_000);
      return text() === wanted;
    });
  /** The numbers of dropped lines that the file tells. */
  const told = (): unknown[] =>
    text()
      .split('\n')
      .filter((line) => line.includes('log.dropped'))
      .map((line) => (JSON.parse(line) as { lines: unknown }).lines);

  describe('on a disk', () => {
    it('is made for its owner to write and its group to read, whatever the umask', async () => {
      const umask = process.umask(0o077);
      try {
        await ended(await make());
      } finally {
        process.umask(umask);
      }
      expect(statSync(path).mode & 0o777).to.equal(0o640);
    });

    it('is appended to in order, with the rights that it has', async () => {
      writeFileSync(path, 'before\n', { mode: 0o600 });
      const stream = await make();
      for (const line of ['one\n', 'two\n', 'drei ä\n']) stream.write(line);
      await ended(stream);
      expect(text()).to.equal('before\none\ntwo\ndrei ä\n');
      expect(statSync(path).mode & 0o777).to.equal(0o600);
      expect(complaints).to.be.empty;
    });

    for (const [what, unusable] of [
      ['without its directory', () => join(folder, 'none', 'a.log')],
      ['that is a directory', () => folder],
      ['below a file', () => join('/dev/null', 'a.log')],
    ] as const)
      it(`${what} is refused at the start, with what to do`, async () => {
        path = unusable();
        const error: unknown = await make().catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(LogFileUnusable);
        expect(String(error)).to.match(
          /log\.file .* cannot be opened \(E.*\): make its directory, check its rights, or leave log\.file out$/,
        );
      });

    it('that nobody reads, as it is a pipe, is refused at the start, and holds nothing up', async () => {
      execFileSync('mkfifo', [path]);
      expect(await make().catch((thrown: unknown) => thrown)).to.be.instanceOf(LogFileUnusable);
    });

    for (const [way, created] of [
      ['renamed and made anew', true],
      ['renamed and not made', false],
    ] as const)
      it(`that is ${way} is left for the new one within a second`, async () => {
        const stream = await make();
        stream.write('one\n');
        await holds('one\n');
        renameSync(path, `${path}.1`);
        if (created) writeFileSync(path, '');
        stream.write('still the old one\n');
        await holds('one\nstill the old one\n', `${path}.1`);
        await clock.advance(1_000);
        stream.write('two\n');
        await holds('two\n');
        await ended(stream);
        expect(text(`${path}.1`)).to.equal('one\nstill the old one\n');
      });

    it('that was rotated is left at once when it is told to reopen', async () => {
      const stream = await make();
      renameSync(path, `${path}.1`);
      stream.reopen();
      stream.write('one\n');
      await holds('one\n');
      await ended(stream);
      expect(text(`${path}.1`)).to.equal('');
    });

    it('that is truncated is gone on with from its new end', async () => {
      const stream = await make();
      stream.write('one\n');
      await holds('one\n');
      truncateSync(path);
      stream.write('two\n');
      await ended(stream);
      expect(text()).to.equal('two\n');
    });

    it('that may not be written after a rotation is complained of once, and has every line when it may', async () => {
      // root may write whatever the rights say
      const root = process.getuid?.() === 0;
      chmodSync(folder, 0o777);
      if (root) process.seteuid?.(65_534);
      try {
        const stream = await make();
        stream.write('one\n');
        await holds('one\n');
        renameSync(path, `${path}.1`);
        writeFileSync(path, '');
        chmodSync(path, 0o000);
        await clock.advance(1_000);
        stream.write('two\n');
        await eventually('it complains', () => complaints.length > 0);
        stream.write('three\n');
        await clock.advance(1_000);
        chmodSync(path, 0o640);
        await comesTo('two\nthree\n');
        await ended(stream);
      } finally {
        if (root) process.seteuid?.(0);
      }
      expect(complaints).to.have.length(1);
      expect(complaints[0]).to.match(/^the log file .* cannot be written \(EACCES: .*\): it is tried each second$/);
    });

    it('on a full disk keeps every line, and goes on where it stopped when there is room', async function () {
      const small = join(folder, 'small');
      mkdirSync(small);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'ignore' });
      } catch {
        process.stderr.write('      (no tmpfs can be mounted here: the test with a full disk is left out)\n');
        this.skip();
      }
      try {
        path = join(small, 'attributed.log');
        writeFileSync(join(small, 'hog'), Buffer.alloc(40_000));
        const stream = await make();
        const lines = Array.from({ length: 500 }, (_, at) => `${String(at).padStart(99, '.')}\n`);
        for (const line of lines) stream.write(line);
        await eventually('it complains', () => complaints.length > 0);
        expect(complaints[0]).to.include('ENOSPC');
        expect(text().length).to.be.below(lines.join('').length);
        await clock.advance(5_000);
        rmSync(join(small, 'hog'));
        await comesTo(lines.join(''));
        await ended(stream);
        expect(complaints).to.have.length(1);
        expect(stream.dropped).to.equal(0);
      } finally {
        execFileSync('umount', [small]);
      }
    });
  });

  describe('on a disk with faults', () => {
    /** A disk whose next calls fail, or take only a part. */
    class Disk implements FileSystem {
      fault: string | undefined;
      /** Bytes that it takes at most in a write, while there is one. */
      room = Infinity;
      opens = 0;

      async open(name: string, flags: number, mode?: number): Promise<OpenFile> {
        this.opens += 1;
        this.#fail();
        const handle = await open(name, flags, mode);
        return {
          write: async (buffer, offset, length) => {
            this.#fail();
            const size = Math.min(length, this.room);
            this.room -= size;
            return handle.write(buffer, offset, size);
          },
          stat: () => handle.stat(),
          chmod: (to) => handle.chmod(to),
          close: async () => {
            await handle.close();
            this.#fail();
          },
        };
      }

      async stat(name: string): Promise<{ dev: number; ino: number }> {
        this.#fail();
        return stat(name);
      }

      #fail(): void {
        if (this.fault !== undefined) throw Object.assign(new Error(`${this.fault}: a fault`), { code: this.fault });
      }
    }

    let disk: Disk;

    beforeEach(() => {
      disk = new Disk();
    });

    /** Lets a second pass, and then whatever the disk has to do. */
    const nextTry = async (): Promise<void> => {
      const before = disk.opens;
      await clock.advance(1_000);
      await eventually('the next try', () => disk.opens > before);
      await eventually('its end', () => clock.timers > 0);
    };
    const triesNoMore = async (): Promise<void> => {
      const before = disk.opens;
      await clock.advance(5_000);
      expect(disk.opens).to.equal(before);
    };
    const mebi = (name: string): string => `${name.padEnd(1024 * 1024 - 1, '.')}\n`;

    it('drops the newest beyond 8 MiB, counts them, and tells how many in their place when it can again', async () => {
      const stream = await make(disk);
      disk.fault = 'ENOSPC';
      for (let line = 0; line < 8; line += 1) stream.write(mebi(String(line)));
      await eventually('it complains', () => complaints.length > 0);
      for (let line = 8; line < 15; line += 1) stream.write(mebi(String(line)));
      expect(stream.dropped).to.equal(7);
      await nextTry();
      await nextTry();
      disk.fault = undefined;
      await clock.advance(1_000);
      await eventually('all is written', () => told().length > 0);
      stream.write('after\n');
      await ended(stream);
      const starts = text()
        .trim()
        .split('\n')
        .map((line) => line.slice(0, 2));
      expect(starts).to.deep.equal(['0.', '1.', '2.', '3.', '4.', '5.', '6.', '7.', '{"', 'af']);
      expect(told()).to.deep.equal([7]);
      expect(stream.dropped).to.equal(7);
      expect(complaints).to.have.length(1);
    });

    it('tells dropped lines before the first line that it takes again', async () => {
      const stream = await make(disk);
      disk.fault = 'EDQUOT';
      for (let line = 0; line < 9; line += 1) stream.write(mebi(String(line)));
      await eventually('it complains', () => complaints.length > 0);
      disk.fault = undefined;
      disk.room = 2 * 1024 * 1024;
      await clock.advance(1_000);
      await eventually('it is full again', () => complaints.length > 1);
      stream.write('after\n');
      disk.room = Infinity;
      await clock.advance(1_000);
      await eventually('all is written', () => text().endsWith('after\n'));
      await ended(stream);
      expect(told()).to.deep.equal([1]);
      expect(text()).to.match(/\n\{[^\n]*log\.dropped[^\n]*\}\nafter\n$/);
    });

    it('complains anew of the next trouble', async () => {
      const stream = await make(disk);
      for (const line of ['one\n', 'two\n']) {
        disk.fault = 'EIO';
        const before = complaints.length;
        stream.write(line);
        await eventually('it complains', () => complaints.length > before);
        disk.fault = undefined;
        await eventually('a try is set', () => clock.timers > 0);
        await clock.advance(1_000);
        await eventually('the line is written', () => text().endsWith(line));
      }
      expect(complaints).to.have.length(2);
      await ended(stream);
    });

    it('goes on in the middle of a line in the same file', async () => {
      const stream = await make(disk);
      disk.room = 6;
      stream.write('one\n');
      stream.write('two\n');
      await eventually('it complains', () => complaints.length > 0);
      await eventually('a try is set', () => clock.timers > 0);
      expect(text()).to.equal('one\ntw');
      disk.room = Infinity;
      await clock.advance(1_000);
      await holds('one\ntwo\n');
      await ended(stream);
    });

    it('begins a line anew in another file', async () => {
      const stream = await make(disk);
      disk.room = 6;
      stream.write('one\n');
      stream.write('two\n');
      await eventually('it complains', () => complaints.length > 0);
      await eventually('a try is set', () => clock.timers > 0);
      renameSync(path, `${path}.1`);
      disk.room = Infinity;
      await clock.advance(1_000);
      await holds('two\n');
      await ended(stream);
    });

    it('tries at once when it is told to reopen', async () => {
      const stream = await make(disk);
      disk.fault = 'EROFS';
      stream.write('one\n');
      await eventually('a try is set', () => clock.timers > 0);
      disk.fault = undefined;
      stream.reopen();
      await clock.advance(0);
      await holds('one\n');
      await ended(stream);
    });

    it('complains at its end of what the disk has not taken, and ends', async () => {
      const stream = await make(disk);
      disk.fault = 'EIO';
      stream.write('one\n');
      stream.write('two\n');
      await ended(stream);
      expect(complaints).to.have.length(2);
      expect(complaints[1]).to.match(/did not take the last 8 bytes of the log$/);
      await triesNoMore();
    });

    it('writes at its end what a pause would have kept waiting', async () => {
      const stream = await make(disk);
      disk.fault = 'EIO';
      stream.write('one\n');
      await eventually('a try is set', () => clock.timers > 0);
      disk.fault = undefined;
      await ended(stream);
      expect(text()).to.equal('one\n');
      await triesNoMore();
    });
  });
});
