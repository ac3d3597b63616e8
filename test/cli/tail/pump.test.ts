import { expect } from 'chai';
import { Deadlines } from '../../../src/base/deadlines.js';
import { pump, type PumpDeps } from '../../../src/cli/tail/pump.js';
import { Tail } from '../../../src/cli/tail/tail.js';
import { SlowTarget } from '../../observe/slow-target.js';
import { FakeClock, settled } from '../../support/fake-clock.js';
import { line } from './lines.js';

describe('lines that are shown as they come', () => {
  let clock: FakeClock;
  let out: SlowTarget;
  let abort: AbortController;
  let given: string[];
  let taken: number;
  let more: (() => void) | undefined;

  beforeEach(() => {
    clock = new FakeClock();
    out = new SlowTarget();
    abort = new AbortController();
    given = [];
    taken = 0;
    more = undefined;
  });

  /** Gives what is pushed to `given`; ends with an empty chunk. */
  async function* source(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = given.shift();
      if (next === '') return;
      if (next === undefined) await new Promise<void>((resolve) => (more = resolve));
      else {
        taken += 1;
        yield Buffer.from(next);
      }
    }
  }
  const give = async (...chunks: string[]): Promise<void> => {
    given.push(...chunks);
    more?.();
    await settled();
    await settled();
  };
  const start = (options: Partial<PumpDeps> = {}): Promise<void> =>
    pump({
      source: source(),
      tail: new Tail({ show: 'all', filter: () => true, narrow: false, look: () => ({ paint: (_, text) => text, width: 80 }) }),
      out,
      clock,
      deadlines: new Deadlines(clock),
      live: true,
      signal: abort.signal,
      ...options,
    });

  it('come out whole, wherever the chunks end, and a last one without its end too', async () => {
    const done = start();
    await give('one\ntw', 'o\nthr', '');
    await done;
    expect(out.text).to.equal('one\ntwo\nthr\n');
  });

  it('are summed up each ten seconds in which something came, and at the end', async () => {
    const done = start();
    await give(`${line(0, 'daemon.ready')}\n`);
    await clock.advance(9_999);
    expect(out.text).to.not.include('--');
    await clock.advance(1);
    expect(out.lines.at(-1)).to.equal('-- 10.0 s: 1 info; 0 writes, 0 conflicts, 0 dead');
    const shown = out.lines.length;
    await clock.advance(20_000);
    expect(out.lines).to.have.length(shown);
    await give(`${line(0, 'daemon.stopped')}\n`);
    await clock.advance(5_000);
    await give('');
    await done;
    expect(out.lines.at(-1)).to.equal('-- 5.0 s: 1 info; 0 writes, 0 conflicts, 0 dead');
  });

  it('are summed up once where they are read from a file at once', async () => {
    const done = start({ live: false });
    await give(`${line(0, 'daemon.ready')}\n`);
    await clock.advance(60_000);
    expect(out.text).to.not.include('--');
    await give('');
    await done;
    expect(out.lines.at(-1)).to.equal('-- in all: 1 info; 0 writes, 0 conflicts, 0 dead');
    expect(clock.timers).to.equal(0);
  });

  it('are read no faster than they are taken', async () => {
    const done = start();
    out.hold();
    // more than a stream buffers by default, which is 16 KiB or 64 KiB (since Node 22)
    const chunk = `${'x'.repeat(3_000)}\n`.repeat(30);
    await give(chunk, chunk, chunk);
    expect(taken).to.equal(1);
    out.release();
    await give('');
    await done;
    expect(out.lines).to.have.length(90);
  });

  it('end with the fault of their source, and are not summed up any more', async () => {
    const broken: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('gone')) }) };
    const error: unknown = await start({ source: broken }).catch((thrown: unknown) => thrown);
    expect(String(error)).to.equal('Error: gone');
    await clock.advance(30_000);
    expect(clock.timers).to.equal(0);
  });

  it('end while nobody takes them', async () => {
    const done = start();
    out.hold();
    const chunk = `${'x'.repeat(3_000)}\n`.repeat(30);
    await give(chunk, '');
    abort.abort();
    await done;
    out.release();
  });
});
