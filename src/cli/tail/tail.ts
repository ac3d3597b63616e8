import { hanging, lasting, plain } from '../page.js';
import { entryOf, type Entry } from './entry.js';
import { dayOf, entryLines, storyLines, type Look } from './line-page.js';
import { Stories } from './stories.js';
import { Summary } from './summary.js';

/** What is shown: entries and stories, stories alone, or the lines as they are. */
export type Show = 'all' | 'stories' | 'json';

export interface TailDeps {
  show: Show;
  /** Whether an entry is shown, and a story that ends with it. */
  filter: (entry: Entry) => boolean;
  /** Whether it lets only some events or conversations through; then nothing else is shown either. */
  narrow: boolean;
  look: () => Look;
}

/** Most that is shown of a line that is no entry, in characters. */
const longestOther = 4_000;

/** Turns lines of the log into what is shown of them. */
export class Tail {
  readonly #deps: TailDeps;
  readonly #stories = new Stories();
  readonly #summary = new Summary();
  #day = '';

  constructor(deps: TailDeps) {
    this.#deps = deps;
  }

  /** What is shown of a line, with line ends; empty if nothing is. */
  take(line: string): string {
    const { show, filter, look } = this.#deps;
    const entry = entryOf(line);
    if (entry === undefined) return this.#other(line);
    this.#summary.count(entry);
    const story = this.#stories.take(entry);
    for (const ms of story?.tookMs ?? []) this.#summary.measure(ms);
    if (!filter(entry)) return '';
    if (show === 'json') return `${line}\n`;
    const lines = [...(show === 'all' ? entryLines(entry, look()) : []), ...(story === undefined ? [] : storyLines(entry, story, look()))];
    return lines.length === 0 ? '' : [...this.#newDay(entry), ...lines, ''].join('\n');
  }

  /** What came since the last summary, of all lines, shown or not; empty if nothing came, or where lines are shown as they are. */
  summary(forMs: number | undefined): string {
    const words = this.#summary.take();
    if (words === undefined || this.#deps.show === 'json') return '';
    const { paint, width } = this.#deps.look();
    const head = forMs === undefined ? '-- in all: ' : `-- ${lasting(forMs)}: `;
    return hanging(head, words, undefined, width)
      .map((line) => `${paint('cyan', line)}\n`)
      .join('');
  }

  /** What others write among the lines, such as a crash's trace. */
  #other(line: string): string {
    const { show, narrow, look } = this.#deps;
    if (show !== 'all' || narrow || line === '') return '';
    return `${look().paint('dim', plain(line.slice(0, longestOther)))}\n`;
  }

  #newDay(entry: Entry): string[] {
    const day = dayOf(entry);
    if (day === this.#day) return [];
    this.#day = day;
    return [this.#deps.look().paint('dim', `${day} (UTC)`)];
  }
}
