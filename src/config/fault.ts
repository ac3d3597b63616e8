import { distance } from 'fastest-levenshtein';

/** One thing wrong with a config file, at a place in it (line and column count from 1). */
export interface Fault {
  line: number;
  column: number;
  /** Dotted path of the field, or empty for the file as a whole. */
  path: string;
  /** What is wrong, what is expected and, where one can guess, what was meant. */
  message: string;
}

/** `FILE:LINE:COL path: what is wrong, what is expected (did you mean …?)` */
export function formatFault(file: string, { line, column, path, message }: Fault): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

/** ` (did you mean "x"?)` for the nearest of `known`, or nothing if none is near. */
export function didYouMean(written: string, known: readonly string[]): string {
  const nearest = known
    .map((word) => ({ word, far: distance(written.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
    .find(({ word, far }) => far <= Math.max(2, Math.floor(word.length / 3)));
  return nearest === undefined ? '' : ` (did you mean "${nearest.word}"?)`;
}

/** The dotted path of a field: `rules[0].set.tier`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${String(part)}`),
    '',
  );
}
