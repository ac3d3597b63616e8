import type { ShownIntent } from '../../intent/local-api/shown.js';
import type { Story, StoryEntry, Work } from '../../intent/local-api/story.js';
import { inWords, keysAndValues, reasonInWords } from '../../intent/local-api/words.js';
import { counted, hanging, lasting, type Paint, type Style } from '../page.js';

const styles: Readonly<Record<string, Style>> = {
  applied: 'green',
  confirmed: 'green',
  satisfied: 'green',
  dead: 'red',
  waiting: 'yellow',
};

/** One call's story as a page of at most 80 columns. */
export function storyPage(story: Story, paint: Paint): string {
  const { journal, dropped, intents } = story;
  const lines = [...header(story, paint), ''];
  for (const [index, entry] of journal.entries()) {
    const before = journal[index - 1];
    if (before !== undefined && dropped?.after === index)
      lines.push(`             … ${counted(dropped.entries, 'entry', 'entries')} dropped here`);
    if (dayOf(before?.at) !== dayOf(entry.at)) lines.push(`${dayOf(entry.at)} (UTC)`);
    lines.push(...timeline(entry, before, paint));
  }
  if (journal.length === 0) lines.push('the journal has nothing of it: the daemon has started since, or has forgotten it');
  if (intents.length > 0) lines.push('', paint('bold', 'wishes'), ...intents.flatMap((intent) => wish(intent, paint)));
  return `${lines.join('\n')}\n`;
}

function header({ conversationId, known, over, owner, version, etag, participants, pipelines, intents }: Story, paint: Paint): string[] {
  const open = intents.filter(({ finishedAt }) => finishedAt === undefined);
  const applied = open.filter(({ state }) => state === 'applied').length;
  const state = known ? (over === true ? 'over' : 'live') : 'not held now';
  const facts = [
    state,
    version === undefined ? undefined : `version ${version}`,
    etag === undefined ? undefined : `ETag ${etag}`,
    owner === undefined ? undefined : `told by ${owner}, its owner`,
    counted(open.length - applied, 'pending wish', 'pending wishes'),
    applied === 0 ? undefined : `${applied} applied and not yet confirmed`,
  ];
  return [
    ...hanging('conversation ', conversationId, (line) => paint('bold', line)),
    ...hanging('  ', facts.filter((fact) => fact !== undefined).join(', ')),
    ...participants.flatMap(({ id, purpose = 'participant', state: leg = 'state unknown', attributes }) => [
      ...hanging('  ', `${purpose} ${id}, ${leg}`),
      ...(attributes === undefined || Object.keys(attributes).length === 0 ? [] : hanging('    ', keysAndValues(attributes).join(', '))),
    ]),
    ...pipelines.flatMap((work) => hanging('  ', doing(work))),
  ];
}

function doing({ at, since, until, ...others }: Work): string {
  const more = Object.entries(others).map(([key, value]) => `${key} ${String(value)}`);
  return [
    `writing: ${at}`,
    since === undefined ? undefined : `since ${timeOf(since)}`,
    until === undefined ? undefined : `until ${timeOf(until)}`,
    ...more,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function timeline(entry: StoryEntry, before: StoryEntry | undefined, paint: Paint): string[] {
  const since = before === undefined ? undefined : Date.parse(entry.at) - Date.parse(before.folded?.lastAt ?? before.at);
  const { words, style } = inWords(entry);
  const gap = since === undefined ? '' : `+${lasting(Math.max(0, since))}`;
  return hanging(`${timeOf(entry.at)} ${gap.padStart(8)}  `, words, (line) => (style === undefined ? line : paint(style, line)));
}

function wish(
  { intentId, state, attempts, participantId, rule, keys, attributes, reason, acceptedAt }: ShownIntent,
  paint: Paint,
): string[] {
  const head = `  ${state.padEnd(10)} `;
  const shown = attributes === undefined ? (keys?.join(', ') ?? 'its lookup has not answered') : keysAndValues(attributes).join(', ');
  const style = styles[state];
  const said = reasonInWords(reason);
  return [
    ...hanging(head, `${intentId}, ${counted(attempts, 'request')}`, (line) => (style === undefined ? line : paint(style, line))),
    ...hanging(
      ' '.repeat(head.length),
      `${rule === undefined ? 'local API' : `rule ${rule}`} at ${timeOf(acceptedAt)} for ${participantId}: ${shown}`,
    ),
    ...(said === '' ? [] : hanging(' '.repeat(head.length), said)),
  ];
}

function dayOf(iso: string | undefined): string | undefined {
  return iso?.slice(0, 10);
}

function timeOf(iso: string): string {
  return iso.slice(11, 23);
}
