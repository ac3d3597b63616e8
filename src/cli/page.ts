import { styleText } from 'node:util';

export { lasting } from '../base/lasting.js';

/** What a page may be wide, in columns. */
export const columns = 80;

export type Style = Parameters<typeof styleText>[0];
/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours on a terminal that has them; `NO_COLOR` and pipes get none. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const coloured = stream.isTTY && stream.hasColors();
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}

/** A text from outside on one line, without what a terminal would act on. */
export function plain(text: string): string {
  return text.replace(/[^\S\u00a0]+/gu, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '·');
}

/** Lines of at most `width` columns: `text` after `head`, later lines under its beginning. */
export function hanging(head: string, text: string, paint: (line: string) => string = (line) => line, width = columns): string[] {
  const room = width - head.length;
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text)
    .split(' ')
    .flatMap((each) => chunks(each, room))) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, index) =>
    `${index === 0 ? head : ' '.repeat(head.length)}${paint(each)}`.replaceAll('\u00a0', ' ').trimEnd(),
  );
}

function chunks(word: string, size: number): string[] {
  return word.length <= size
    ? [word]
    : Array.from({ length: Math.ceil(word.length / size) }, (_, at) => word.slice(at * size, (at + 1) * size));
}

/** `512 B`, `1.5 KiB`, `20 MiB`, `1 GiB`. */
export function sized(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Math.round((bytes / 1024 ** power) * 10) / 10}\u00a0${units[power] ?? ''}`;
}

/** `1 wish`, `2 wishes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
