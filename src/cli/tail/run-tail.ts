import { systemClock } from '../../base/clock.js';
import { Deadlines } from '../../base/deadlines.js';
import { answering } from '../ask.js';
import { columns, paintFor, type Paint } from '../page.js';
import { filterOf, type FilterOptions } from './filter.js';
import { follow } from './follow.js';
import { pump } from './pump.js';
import { fileToTail } from './source.js';
import { Tail } from './tail.js';

/** What the command line says. */
export interface TailOptions extends FilterOptions {
  file: string | undefined;
  config?: string;
  lines?: number;
  follow: boolean;
  stories: boolean;
  json: boolean;
  color: boolean;
}

/** Lines of a followed file that are shown to begin with, as many as `tail` shows. */
const fewLines = 10;

/** Shows the log until it ends, a signal comes, or nobody reads any more. Rejects with what is wrong with the options or the file. */
export function runTail(options: TailOptions): Promise<void> {
  return answering(async () => {
    const { event, conversation, json, stories, color, lines = options.follow ? fewLines : undefined } = options;
    const { stdin, stdout } = process;
    const filter = filterOf(options);
    const path = fileToTail({ ...options, config: options.config, terminal: stdin.isTTY });
    const end = new AbortController();
    const stop = (): void => {
      end.abort();
      if (path === undefined) stdin.destroy();
    };
    stdout.on('error', stop);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const paint: Paint = color ? paintFor(stdout) : (_, text) => text;
    const deadlines = new Deadlines(systemClock);
    const { signal } = end;
    try {
      await pump({
        source: path === undefined ? given(stdin, signal) : follow({ path, lines, follow: options.follow, signal, deadlines }),
        tail: new Tail({
          show: json ? 'json' : stories ? 'stories' : 'all',
          filter,
          narrow: event !== undefined || conversation !== undefined,
          look: () => ({ paint, width: stdout.isTTY ? Math.max(columns, stdout.columns) : Infinity }),
        }),
        out: stdout,
        clock: systemClock,
        deadlines,
        live: path === undefined || options.follow,
        signal,
      });
    } finally {
      deadlines.clear();
    }
  });
}

/** What comes on stdin; that we end it ourselves is no error. */
async function* given(stdin: NodeJS.ReadStream, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stdin) yield Buffer.from(chunk as Buffer);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
