import { lasting } from '../../base/lasting.js';
import type { ShownIntent } from './shown.js';
import type { StoryEntry } from './story.js';

/** How a line stands out, on a terminal and on the status page. */
type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red';

/** What happened, in words, and the colour of its line. */
interface Wording {
  say: (entry: StoryEntry) => string;
  style?: Style;
}

const wordings: Readonly<Record<string, Wording>> = {
  'conversation.started': { say: (entry) => sentence('seen for the first time', version(entry)) },
  'conversation.changed': { say: changed, style: 'dim' },
  'conversation.ended': { say: (entry) => sentence('ended, no participant is left', version(entry)) },
  'conversation.evicted': { say: () => 'forgotten: conversations.max is reached', style: 'yellow' },
  'conversation.full': { say: () => 'held although conversations.max is reached', style: 'yellow' },
  'conversation.etag': { say: (entry) => sentence('event versions are not ETags here', version(entry), etag(entry)), style: 'yellow' },
  'intent.accepted': { say: (entry) => sentence(`wished by ${by(entry)}`, what(entry), to(entry), intent(entry)), style: 'bold' },
  'intent.satisfied': { say: (entry) => sentence('satisfied, nothing is sent', intent(entry)), style: 'green' },
  'intent.superseded': { say: (entry) => sentence('superseded, every key has a newer wish', intent(entry)) },
  'intent.confirmed': { say: (entry) => sentence('confirmed, it was seen to have arrived', intent(entry)), style: 'green' },
  'intent.reasserted': {
    say: (entry) => sentence('overwritten by somebody else, written again', what(entry), times(entry), intent(entry)),
    style: 'yellow',
  },
  'intent.dead': { say: (entry) => sentence('dead', text(entry, 'reason'), what(entry), said(entry), intent(entry)), style: 'red' },
  'rule.failed': { say: (entry) => sentence(`rule ${text(entry, 'rule')} failed`, text(entry, 'error')), style: 'red' },
  'rule.slow': { say: (entry) => sentence(`rule ${text(entry, 'rule')} was slow`, took(entry)), style: 'yellow' },
  'lookup.failed': { say: (entry) => sentence('lookup failed', text(entry, 'error'), again(entry), intent(entry)), style: 'yellow' },
  'intent.unconfirmed': {
    say: (entry) => sentence('cannot be confirmed', text(entry, 'reason'), said(entry), intent(entry)),
    style: 'yellow',
  },
  'write.waiting': { say: waiting, style: 'dim' },
  'write.sent': {
    say: (entry) => sentence(`sent, attempt ${text(entry, 'attempt')}`, what(entry), precondition(entry), merged(entry)),
  },
  'write.applied': { say: (entry) => sentence('applied', `status ${text(entry, 'status')}`, etag(entry), took(entry)), style: 'green' },
  'write.conflict': {
    say: (entry) => sentence(`conflict, status ${text(entry, 'status')}`, sentWith(entry), present(entry), 'again at once'),
    style: 'yellow',
  },
  'write.failed': { say: (entry) => sentence('failed', text(entry, 'error'), said(entry), again(entry)), style: 'red' },
  'write.held': { say: (entry) => sentence('held, as write.enabled is false', what(entry)), style: 'yellow' },
  'deadletter.retried': { say: (entry) => sentence('dead letter retried', what(entry), leftOut(entry), intent(entry)), style: 'bold' },
  'deadletter.dropped': { say: (entry) => sentence('dead letter dropped', what(entry), intent(entry)) },
};

/** An entry of the journal in words; one that has none here is told by its name and its fields. */
export function inWords(entry: StoryEntry): { words: string; style: Style | undefined } {
  const wording = wordings[entry.event];
  return wording === undefined
    ? { words: sentence(entry.event, rest(entry)), style: undefined }
    : { words: wording.say(entry), style: wording.style };
}

/** `customerTier="gold", …` where values are shown, else the keys. */
export function keysAndValues(attributes: unknown): string[] {
  if (!isRecord(attributes)) return [];
  return Object.entries(attributes).flatMap(([key, value]) =>
    isRecord(value) ? keysAndValues(value) : [`${key}=${value === '…' ? '…' : JSON.stringify(value)}`],
  );
}

/** Why an intent is where it is: in our words, and in the platform's; empty if nothing is known. */
export function reasonInWords(reason: ShownIntent['reason']): string {
  if (reason === undefined) return '';
  const { what: why, keys = [], body, correlationId } = reason;
  return [
    keys.length === 0 ? why : `${why} (${keys.join(', ')})`,
    ...(body === undefined ? [] : [body]),
    ...(correlationId === undefined ? [] : [`correlation ${correlationId}`]),
  ].join(', ');
}

/** The beginning of an id: enough to tell those of one call apart. */
function short(id: string): string {
  return id.slice(0, 8);
}

function sentence(head: string, ...parts: (string | undefined)[]): string {
  const tail = parts.filter((part) => part !== undefined && part !== '');
  return tail.length === 0 ? head : `${head}: ${tail.join(', ')}`;
}

function changed({ folded, ...entry }: StoryEntry): string {
  if (folded === undefined) return sentence(`event, ${text(entry, 'outcome')}`, version(entry), etag(entry));
  const counts = Object.entries(folded.outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  const last = { ...entry, ...folded.newest };
  const span = Date.parse(folded.lastAt) - Date.parse(entry.at);
  const versions = version(entry) === version(last) ? version(last) : `${version(entry) ?? 'no version'} to ${text(last, 'version')}`;
  return sentence(`${folded.count} events within ${lasting(span)}`, counts.join(', '), versions, etag(last));
}

function waiting(entry: StoryEntry): string {
  const ms = entry['forMs'];
  const long = typeof ms === 'number' ? lasting(ms) : undefined;
  return entry['reason'] === 'calm'
    ? sentence('waits for calm', long && `for ${long} or so`, burst(entry), what(entry), merged(entry))
    : sentence(`has waited for the ${text(entry, 'reason')}`, long && `for ${long}`, what(entry));
}

/** Why it waits in a burst of events, as learnt from earlier ones. */
function burst({ sinceStart, sinceLast }: StoryEntry): string | undefined {
  return typeof sinceStart === 'number' && typeof sinceLast === 'number'
    ? `a burst of events, at most ${lasting(sinceStart)} since it began or ${lasting(sinceLast)} after its last`
    : undefined;
}

function times(entry: StoryEntry): string | undefined {
  const value = text(entry, 'times');
  return value === '' ? undefined : `time ${value}`;
}

function by(entry: StoryEntry): string {
  const rule = text(entry, 'rule');
  return rule === '' ? 'the local API' : `rule ${rule}`;
}

function what(entry: StoryEntry): string {
  const shown = keysAndValues(entry['attributes']);
  return (shown.length > 0 ? shown : list(entry, 'keys')).join(', ');
}

function to(entry: StoryEntry): string | undefined {
  const participant = text(entry, 'participantId');
  return participant === '' ? undefined : `for ${participant.startsWith('@') ? participant : short(participant)}`;
}

function intent(entry: StoryEntry): string | undefined {
  const id = text(entry, 'intentId');
  return id === '' ? undefined : `wish ${short(id)}`;
}

function merged(entry: StoryEntry): string | undefined {
  const ids = list(entry, 'intentIds').map(short);
  return ids.length === 0 ? undefined : `${ids.length === 1 ? 'wish' : `${ids.length} wishes merged`} ${ids.join(' ')}`;
}

function version(entry: Readonly<Record<string, unknown>>): string | undefined {
  const value = text(entry, 'version');
  return value === '' ? undefined : `version ${value}`;
}

function etag(entry: Readonly<Record<string, unknown>>): string | undefined {
  const value = text(entry, 'etag');
  return value === '' ? undefined : `ETag ${value}`;
}

/** An ETag in its quotes went in `If-Match`, a number in the body; some targets have neither. */
function precondition(entry: StoryEntry): string | undefined {
  const value = text(entry, 'etag');
  if (value === '') return undefined;
  return value.startsWith('"') ? `If-Match ${value}` : `version ${value}`;
}

function sentWith(entry: StoryEntry): string | undefined {
  const value = text(entry, 'etag');
  return value === '' ? undefined : `sent with ${value}`;
}

function present(entry: StoryEntry): string {
  const value = text(entry, 'currentEtag');
  return value === '' ? 'the answer tells no ETag' : `it is ${value} now`;
}

/** What the platform said: status, code, correlation id and, of a refusal, the body. */
function said(entry: StoryEntry): string {
  const correlation = text(entry, 'correlationId');
  return [
    text(entry, 'status') && `status ${text(entry, 'status')}`,
    text(entry, 'code'),
    text(entry, 'body'),
    correlation && `correlation ${correlation}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function took(entry: StoryEntry): string | undefined {
  const ms = entry['tookMs'];
  return typeof ms === 'number' ? `took ${lasting(ms)}` : undefined;
}

function again(entry: StoryEntry): string {
  const ms = entry['retryInMs'];
  return typeof ms === 'number' ? `tried again in ${lasting(ms)}` : 'not tried again like this';
}

function leftOut(entry: StoryEntry): string | undefined {
  const keys = list(entry, 'leftOut');
  return keys.length === 0 ? undefined : `left out as newer wishes set them ${keys.join(', ')}`;
}

function rest(entry: StoryEntry): string {
  return Object.entries(entry)
    .filter(([key]) => !['at', 'event'].includes(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

function text(entry: Readonly<Record<string, unknown>>, field: string): string {
  const value = entry[field];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function list(entry: StoryEntry, field: string): string[] {
  const value = entry[field];
  return Array.isArray(value) ? value.map(String) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
