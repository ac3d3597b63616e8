import { format } from 'prettier';
import { jsonSchema } from '../src/config/json-schema.js';
import { metricList } from '../src/observe/metric-list.js';
import { logEvents, type LogEvent } from '../src/observe/log-events.js';

/** The text of `config/attributed.schema.json`. */
export function schemaText(): string {
  return `${JSON.stringify(jsonSchema(), undefined, 2)}\n`;
}

/** The README's table of log events, laid out as prettier would. */
export function logEventsTable(): Promise<string> {
  const rows = Object.entries<LogEvent>(logEvents).map(([event, { level, fields, says, groupedBy }]) => [
    code(event),
    level,
    codes(fields),
    says,
    groupedBy?.length === 0 ? 'event' : (groupedBy ?? []).map(code).join(', '),
  ]);
  return format([['event', 'level', 'fields', 'says', 'grouped by'], ['-', '-', '-', '-', '-'], ...rows].map(row).join('\n'), {
    parser: 'markdown',
  });
}

/** The README's table of metrics, likewise. */
export function metricsTable(): Promise<string> {
  const rows = Object.entries(metricList).map(([name, { type, labels, says }]) => [
    code(`attributed_${name}`),
    type,
    labels.map(code).join(', '),
    says,
  ]);
  return format([['metric', 'type', 'labels', 'says'], ['-', '-', '-', '-'], ...rows].map(row).join('\n'), { parser: 'markdown' });
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. Throws if the two are not there, once and in this order. */
export function replaceBetween(text: string, name: string, content: string): string {
  const [before, rest, ...more] = text.split(`<!-- ${name} -->`);
  const [, after, ...others] = rest?.split(`<!-- /${name} -->`) ?? [];
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`expected <!-- ${name} --> and then <!-- /${name} -->, each once`);
  return `${before}<!-- ${name} -->\n\n${content.trim()}\n\n<!-- /${name} -->${after}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function codes(list: string): string {
  return list === '' ? '' : list.split(', ').map(code).join(', ');
}

function code(word: string): string {
  return `\`${word}\``;
}
