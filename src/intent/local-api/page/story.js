import { ask, Refused, TokenWanted } from './api.js';
import { counted, found, lasting, made, say } from './dom.js';

/**
 * @typedef {import('../story.js').Story} Story
 * @typedef {import('../story.js').StoryEntry} Entry
 * @typedef {import('../shown.js').ShownIntent} Wish
 */

/** How an intent's state stands out. */
const styles = new Map([
  ['applied', 'green'],
  ['confirmed', 'green'],
  ['satisfied', 'green'],
  ['dead', 'red'],
  ['waiting', 'yellow'],
]);

/** Counts the questions: an answer that comes after a newer question is not shown. */
let newest = 0;

/** Ids of Genesys are UUIDs; this refuses only what could not stand as one part of a path. */
function isConversationId(/** @type {string} */ id) {
  return id !== '' && id !== '.' && id !== '..' && id.length <= 100;
}

/** Shows the story of that call, as `attributed explain` does. Rejects with `TokenWanted`. */
export async function showStory(/** @type {string} */ id) {
  const [state, article] = [found('story-state'), found('story')];
  const asked = (newest += 1);
  article.replaceChildren();
  if (!isConversationId(id)) {
    say(state, 'that is no conversation id', 'red');
    return;
  }
  say(state, 'asking …');
  /** @type {Story} */
  let story;
  try {
    story = await ask(`/conversations/${encodeURIComponent(id)}?says=true`);
  } catch (error) {
    if (error instanceof TokenWanted) throw error;
    if (asked === newest) say(state, error instanceof Refused ? whyNot(error, id) : 'the daemon does not answer', 'red');
    return;
  }
  if (asked !== newest) return;
  say(state, `as of ${new Date().toISOString().slice(11, 19)} UTC`, 'dim');
  article.replaceChildren(...partsOf(story));
}

function whyNot(/** @type {Refused} */ { status, message }, /** @type {string} */ id) {
  return status === 404 ? `nothing is known of ${id}, or it is forgotten` : message;
}

function partsOf(/** @type {Story} */ story) {
  const { conversationId, participants, pipelines, journal, intents } = story;
  return [
    made('h3', 'mono', conversationId),
    made('p', '', factsOf(story)),
    made(
      'ul',
      '',
      ...participants.map(participant),
      ...pipelines.map(({ at, since }) => made('li', '', `writing: ${at}${since === undefined ? '' : ` since ${timeOf(since)}`}`)),
    ),
    made('h3', '', 'What happened (UTC)'),
    journal.length === 0
      ? made('p', 'dim', 'the journal has nothing of it: the daemon has started since, or has forgotten it')
      : made('ol', '', ...timeline(story)),
    ...(intents.length === 0 ? [] : [made('h3', '', 'Wishes'), made('ul', '', ...intents.map(wish))]),
  ];
}

function factsOf(/** @type {Story} */ { known, over, version, etag, intents }) {
  const open = intents.filter(({ finishedAt }) => finishedAt === undefined);
  const applied = open.filter(({ state }) => state === 'applied').length;
  return [
    known ? (over === true ? 'over' : 'live') : 'not held now',
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(etag === undefined ? [] : [`ETag ${etag}`]),
    counted(open.length - applied, 'pending wish', 'pending wishes'),
    ...(applied === 0 ? [] : [`${applied} applied and not yet confirmed`]),
  ].join(', ');
}

function participant(
  /** @type {Story['participants'][number]} */ { id, purpose = 'participant', state = 'state unknown', attributes = {} },
) {
  const pairs = Object.entries(attributes).map(([key, value]) => `${key}=${value}`);
  return made('li', '', `${purpose} `, made('span', 'mono', id), `, ${state}`, ...(pairs.length === 0 ? [] : [`: ${pairs.join(', ')}`]));
}

function timeline(/** @type {Story} */ { journal, dropped }) {
  return journal.flatMap((entry, index) => {
    const before = journal[index - 1];
    const hole = dropped?.after === index ? [line('', '', `… ${counted(dropped.entries, 'entry', 'entries')} dropped here`, 'dim')] : [];
    const since = before === undefined ? undefined : Date.parse(entry.at) - Date.parse(before.folded?.lastAt ?? before.at);
    const gap = since === undefined ? '' : `+${lasting(Math.max(0, since))}`;
    return [...hole, line(entry.at, gap, entry.says ?? entry.event, entry.style ?? '')];
  });
}

function line(/** @type {string} */ at, /** @type {string} */ gap, /** @type {string} */ words, /** @type {string} */ style) {
  const time = made('time', '', at === '' ? '' : timeOf(at));
  if (at !== '') {
    time.setAttribute('datetime', at);
    time.title = at;
  }
  return made('li', '', time, made('span', 'gap', gap), made('span', style, words));
}

function wish(/** @type {Wish} */ { intentId, state, attempts, participantId, rule, keys, reason, acceptedAt }) {
  const by = rule === undefined ? 'local API' : `rule ${rule}`;
  const what = keys?.join(', ') ?? 'its lookup has not answered';
  const why = reason === undefined ? [] : [`: ${reasonOf(reason)}`];
  return made(
    'li',
    '',
    made('span', styles.get(state) ?? 'bold', state),
    ' ',
    made('span', 'mono', intentId),
    `, ${counted(attempts, 'request')}, ${by} at ${timeOf(acceptedAt)} for ${participantId}, ${what}`,
    ...why,
  );
}

function reasonOf(/** @type {NonNullable<Wish['reason']>} */ { what, keys = [], body, correlationId }) {
  return [
    keys.length === 0 ? what : `${what} (${keys.join(', ')})`,
    ...(body === undefined ? [] : [body]),
    ...(correlationId === undefined ? [] : [`correlation ${correlationId}`]),
  ].join(', ');
}

function timeOf(/** @type {string} */ iso) {
  return iso.slice(11, 23);
}
