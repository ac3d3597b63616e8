import { columns, hanging, type Paint } from '../page.js';
import type { Pace } from './paces.js';
import type { Row, View } from './view.js';

/** What is drawn on. */
export interface Window {
  /** Its size in characters. */
  columns: number;
  /** Infinity: no need to leave anything out. */
  rows: number;
  paint: Paint;
}

export interface Shown {
  view: View;
  paces: readonly Pace[];
  /** Why the figures are no newer than they are. */
  stale: string | undefined;
  /** How to leave; empty where it is not a terminal. */
  footer: string;
}

/** Columns of the names, with the space before and after them. */
const nameWidth = 13;
const levels = '▁▂▃▄▅▆▇█';
const barWidth = 10;

/** Narrower than this, lines are cut instead of wrapped. */
const narrowest = 40;

/** The view as lines that fit into a window; one that is smaller than 80 columns gets lines that are cut. */
export function topPage({ view, paces, stale, footer }: Shown, { columns: wide, rows: high, paint }: Window): string[] {
  const width = Math.max(wide, 1);
  const line = (text: string, style?: Parameters<Paint>[0]): string => {
    const cut = cutTo(text, width);
    return style === undefined ? cut : paint(style, cut);
  };
  const said = (text: string, style: Parameters<Paint>[0]): string[] =>
    hanging('  ', text, undefined, Math.max(width, narrowest)).map((each) => line(each, style));
  const { ready } = view;
  const state = ready === undefined ? '' : ready ? ', ready' : ', not ready';
  const head = [
    line(`${view.title}${state}`.replaceAll('\u00a0', ' '), ready === false ? 'red' : 'bold'),
    ...(stale === undefined ? [] : said(stale, 'red')),
    ...view.troubles.flatMap((trouble) => said(trouble, 'yellow')),
    '',
    ...paces.map((pace) => line(paceText(pace, Math.max(width, columns)))),
  ];
  const rows = view.rows.flatMap((row) => rowLines(row, Math.max(width, narrowest)).map((each) => line(each)));
  const foot = footer === '' ? [] : ['', line(footer, 'dim')];
  const room = high - head.length - foot.length;
  const body = rows.length <= room ? rows : [...rows.slice(0, Math.max(0, room - 1)), line(leftOut(rows.length - room + 1), 'dim')];
  return [...head, ...body, ...foot].slice(0, high);
}

function paceText({ name, now, past }: Pace, width: number): string {
  const figure = now === undefined ? '–' : now.toFixed(1);
  const most = Math.max(...past, 0);
  const room = width - nameWidth - 11;
  return `${head(`${name}/s`)}${figure.padStart(8)}   ${past
    .slice(-room)
    .map((value) => levels[Math.min(levels.length - 1, Math.floor((value / (most || 1)) * levels.length))])
    .join('')}`;
}

function rowLines({ name, text, share }: Row, width: number): string[] {
  return hanging(head(name), `${share === undefined ? '' : `${bar(share)} `}${text}`, undefined, width);
}

function head(name: string): string {
  return `  ${name.padEnd(nameWidth - 2)}`;
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
}

function leftOut(lines: number): string {
  return `  … ${lines} more ${lines === 1 ? 'line' : 'lines'}: make the window higher`;
}

function cutTo(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
