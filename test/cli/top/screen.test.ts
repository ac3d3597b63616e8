import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { expect } from 'chai';
import { Screen } from '../../../src/cli/top/screen.js';

describe('the screen of `top`', () => {
  const terminal = (): { out: WriteStream; keys: ReadStream; written: () => string; raw: boolean[] } => {
    const raw: boolean[] = [];
    const out = new PassThrough({ encoding: 'utf8' });
    const keys = new PassThrough();
    const read: string[] = [];
    out.on('data', (text: string) => read.push(text));
    Object.assign(keys, {
      setRawMode: (mode: boolean) => {
        raw.push(mode);
        return keys;
      },
    });
    return { out: out as unknown as WriteStream, keys: keys as unknown as ReadStream, written: () => read.join(''), raw };
  };

  it('gives the terminal back as it was', () => {
    const { out, keys, written, raw } = terminal();
    const screen = new Screen({ out, keys, onQuit: () => undefined, onResize: () => undefined });
    screen.open();
    screen.draw(['one', 'two']);
    screen.close();
    expect(written()).to.match(/^\u001b\[\?1049h\u001b\[\?25l.*one\u001b\[K\r\ntwo\u001b\[K\u001b\[J\u001b\[\?25h\u001b\[\?1049l$/s);
    expect(raw).to.deep.equal([true, false]);
    expect([out.listenerCount('resize'), keys.listenerCount('data')]).to.deep.equal([0, 0]);
  });

  for (const [name, key] of [
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ] as const)
    it(`is left by ${name}, and by no other key`, async () => {
      const { out, keys } = terminal();
      let quits = 0;
      const screen = new Screen({ out, keys, onQuit: () => (quits += 1), onResize: () => undefined });
      screen.open();
      for (const typed of ['x', '\u001b[A', key]) {
        keys.push(typed);
        await new Promise((resolve) => setImmediate(resolve));
        expect(quits).to.equal(typed === key ? 1 : 0);
      }
      screen.close();
    });

  it('is drawn again when its size is another one', () => {
    const { out, written } = terminal();
    const screen = new Screen({
      out,
      keys: undefined,
      onQuit: () => undefined,
      onResize: () => {
        screen.draw(['new']);
      },
    });
    screen.open();
    out.emit('resize');
    expect(written()).to.include('new');
    screen.close();
  });
});
