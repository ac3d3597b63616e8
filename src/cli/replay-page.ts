import type { Report, RuleReport } from '../recording/report.js';
import type { NotSet, RuleFigures } from '../recording/tally.js';
import type { Faults } from '../recording/replay.js';
import { keysAndValues } from '../intent/local-api/words.js';
import { counted, hanging, lasting, type Paint } from './page.js';

/** Faults that are named by their lines; all of them stand in the JSON. */
const mostNamed = 10;

/** What a replay reports, as a page of at most 80 columns. */
export function replayPage({ recording, conversations, totals }: Report, paint: Paint): string {
  const { file, attributed, started, seconds, masked } = recording;
  const lines = [
    ...hanging('', `${file}: ${lasting(seconds * 1000)} from ${started} on, recorded by attributed ${attributed}`),
    ...hanging('', masked ? 'attribute values are masked in it: rules see digests in their place' : 'with attribute values'),
    ...conversations.flatMap(({ conversationId, rules }) => [
      '',
      ...hanging('conversation ', conversationId, (line) => paint('bold', line)),
      ...rules.flatMap((rule) => inConversation(rule, paint)),
    ]),
    '',
    paint('bold', 'in all'),
    ...fact('frames', counts(totals.frames)),
    ...faults('invalid', totals.invalid),
    ...faults('broken lines', totals.broken),
    ...fact('gaps', String(totals.gaps)),
    ...fact('events', counts(totals.events)),
    ...fact('conversations', `${totals.conversations}; of ${conversations.length} a rule came to something`),
    ...totals.rules.flatMap((figures) => fact(`rule ${figures.rule}`, inAll(figures))),
  ];
  return `${lines.join('\n')}\n`;
}

function inConversation({ rule, evaluated, held, wished, wishes, notSet }: RuleReport, paint: Paint): string[] {
  return [
    ...hanging('  ', `${rule}: held ${held} of ${counted(evaluated, 'time')}, ${counted(wished, 'wish', 'wishes')}`),
    ...wishes.flatMap(({ at, participantId, purpose = 'participant', keys, attributes }) =>
      hanging(
        `    ${at.slice(11, 23)}  `,
        `${purpose} ${participantId.slice(0, 8)}: ${(attributes === undefined ? keys : keysAndValues(attributes)).join(', ')}`,
        (line) => paint('green', line),
      ),
    ),
    ...(wished > wishes.length ? [`    … and ${wished - wishes.length} more`] : []),
    ...notSet.flatMap(({ times, ...left }) =>
      hanging(`    not set ${times === 1 ? '' : `${times} times `}- `, inWords(left), (line) => paint('yellow', line)),
    ),
  ];
}

function inWords({ why, detail, keys }: NotSet): string {
  const what = detail === undefined ? why : `${why}: ${detail}`;
  return keys === undefined ? what : `${keys.join(', ')}: ${what}`;
}

function inAll({ evaluated, held, wished, left }: RuleFigures): string {
  const reasons = Object.entries(left).map(([why, times]) => `${why} ${counted(times, 'time')}`);
  return [`held ${held} of ${counted(evaluated, 'time')}`, counted(wished, 'wish', 'wishes'), ...reasons].join(', ');
}

function faults(name: string, { count, first }: Faults): string[] {
  if (count === 0) return [];
  const named = first.slice(0, mostNamed).map(({ line, error }) => `line ${line} (${error})`);
  return fact(name, `${count}: ${[...named, ...(count > named.length ? ['…'] : [])].join(', ')}`);
}

function counts(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function fact(name: string, told: string): string[] {
  return hanging(`  ${name.padEnd(13)}  `, told);
}
