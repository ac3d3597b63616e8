/** What one bench found: a table, and what there is to say about it. */
export interface Section {
  title: string;
  /** What was measured, and how: a sentence or two. */
  about: string;
  columns: string[];
  /** Each as long as `columns`. */
  rows: string[][];
  /** What the figures say, goals met or missed among it; a sentence each. */
  notes: string[];
}

/** A section for a terminal: columns in line, text to the left, figures to the right. */
export function asText({ title, about, columns, rows, notes }: Section): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => cell(line, at).length)));
  const right = columns.map((_, at) => rows.length > 0 && rows.every((row) => isFigure(cell(row, at))));
  const table = lines.map((line) =>
    widths
      .map((width, at) => (right[at] === true ? cell(line, at).padStart(width) : cell(line, at).padEnd(width)))
      .join('  ')
      .trimEnd(),
  );
  return [title, about, '', ...table, ...(notes.length > 0 ? [''] : []), ...notes.map((note) => `- ${note}`), ''].join('\n');
}

/** A section of a Markdown page, under a heading of the second level. */
export function asMarkdown({ title, about, columns, rows, notes }: Section): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map((_, at) => (rows.length > 0 && rows.every((row) => isFigure(cell(row, at))) ? '--:' : '---'));
  const table = [line(columns), line(rule), ...rows.map(line)];
  return [`## ${title}`, '', about, '', ...table, ...(notes.length > 0 ? [''] : []), ...notes.map((note) => `- ${note}`), ''].join('\n');
}

function cell(row: readonly string[], at: number): string {
  return row[at] ?? '';
}

/** Whether a cell is a number, with a unit perhaps, or empty. */
function isFigure(text: string): boolean {
  return /^([≤≥<>~]?\s?[-+±]?\d|$|–$)/.test(text);
}
