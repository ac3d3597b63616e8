import { systemClock } from '../../base/clock.js';
import { Deadlines } from '../../base/deadlines.js';
import { statusSchema } from '../../figures/status.js';
import { answering, ask, NotAnswered, type AskOptions } from '../ask.js';
import { columns, paintFor } from '../page.js';
import { follow, reading } from '../tail/follow.js';
import { LineSplitter } from '../tail/line-splitter.js';
import { LogView } from './log-view.js';
import { Paces } from './paces.js';
import { Screen } from './screen.js';
import { viewOf } from './status-view.js';
import { topPage } from './top-page.js';
import type { View } from './view.js';

/** What the command line says. */
export interface TopOptions extends AskOptions {
  /** A log to take the figures from, `-` for stdin, instead of asking the daemon. */
  file: string | undefined;
  /** Between two looks, in ms. */
  interval: number;
  color: boolean;
}

/** The figures of one moment, for people and for programs. */
interface Look {
  view: View;
  body: unknown;
}

/** Where figures come from. */
interface Source {
  /** The figures of now. Rejects with `NotAnswered` if there are none. */
  look: () => Promise<Look>;
  /** Resolves when no newer ones can come; rejects if that is a fault. */
  ended: Promise<void>;
}

/** Shows figures until a key or a signal ends it, nobody reads any more, or a log on stdin is at its end. */
export function runTop(options: TopOptions): Promise<void> {
  return answering(async () => {
    const { file, interval, json } = options;
    const { stdin, stdout } = process;
    // before anything is shown
    if (file !== undefined && file !== '-') await (await reading(file)).close();
    const end = new AbortController();
    const stop = (): void => {
      end.abort();
    };
    const stopped = new Promise<void>((resolve) => {
      end.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGHUP', stop);
    stdout.on('error', stop);
    const deadlines = new Deadlines(systemClock);
    const source = file === undefined ? daemonSource(options) : logSource(file, end.signal, deadlines);
    const paces = new Paces();
    // a daemon that cannot be asked at all ends it here
    let latest = await source.look();
    paces.look(systemClock.now(), latest.view.totals);
    let stale: string | undefined;
    const live = stdout.isTTY && !json;
    const paint = options.color ? paintFor(stdout) : (_: unknown, text: string): string => text;
    const keys = live && stdin.isTTY && file !== '-' ? stdin : undefined;
    const footer = live ? (keys === undefined ? 'Ctrl-C ends it' : 'q ends it') : '';
    const page = (): string[] =>
      topPage(
        { view: latest.view, paces: paces.all, stale, footer },
        live ? { columns: stdout.columns, rows: stdout.rows, paint } : { columns, rows: Infinity, paint },
      );
    const screen = live
      ? new Screen({
          out: stdout,
          keys,
          onQuit: stop,
          onResize: () => screen?.draw(page()),
        })
      : undefined;
    const show = (): void => {
      if (json) stdout.write(`${JSON.stringify(latest.body)}\n`);
      else if (screen === undefined) stdout.write(`${page().join('\n')}\n\n`);
      else screen.draw(page());
    };
    const look = async (): Promise<void> => {
      try {
        latest = await source.look();
        paces.look(systemClock.now(), latest.view.totals);
        stale = undefined;
      } catch (error) {
        if (!(error instanceof NotAnswered)) throw error;
        stale = error.message;
      }
    };
    screen?.open();
    try {
      await Promise.race([stopped, source.ended, showing({ show, look, interval, deadlines, signal: end.signal })]);
    } finally {
      end.abort();
      screen?.close();
      deadlines.clear();
      if (file === '-') stdin.destroy();
    }
    // a log that has ended has told more than was shown last
    if (screen === undefined && file !== undefined) {
      await look();
      show();
    }
  });
}

async function showing({
  show,
  look,
  interval,
  deadlines,
  signal,
}: {
  show: () => void;
  look: () => Promise<void>;
  interval: number;
  deadlines: Deadlines;
  signal: AbortSignal;
}): Promise<void> {
  const over = (): boolean => signal.aborted;
  while (!over()) {
    show();
    await new Promise<void>((resolve) => {
      deadlines.after(interval, resolve);
    });
    if (!over()) await look();
  }
}

function daemonSource(options: AskOptions): Source {
  return {
    look: async () => {
      const body = await ask(options, { path: '/status' });
      return { view: viewOf(statusSchema.parse(body)), body };
    },
    ended: new Promise(() => undefined),
  };
}

function logSource(file: string, signal: AbortSignal, deadlines: Deadlines): Source {
  const log = new LogView({ clock: systemClock, name: file === '-' ? 'stdin' : file });
  const splitter = new LineSplitter();
  const lines: AsyncIterable<Buffer | string> =
    file === '-' ? process.stdin : follow({ path: file, lines: undefined, follow: true, signal, deadlines });
  const reading = async (): Promise<void> => {
    try {
      for await (const chunk of lines) for (const line of splitter.push(Buffer.from(chunk))) log.take(line);
      for (const line of splitter.end()) log.take(line);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  return { look: () => Promise.resolve({ view: log.view, body: log.view }), ended: reading() };
}
