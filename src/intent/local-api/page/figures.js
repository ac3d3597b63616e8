import { counted, found, lasting, made, say, sized } from './dom.js';

/**
 * @typedef {import('../../../figures/status.js').Status} Status
 * @typedef {{ text: string, style?: string }} Line
 */

/** Rejected topics that are shown. */
const mostRejected = 20;

/** Shows the figures that `attributed status` prints. */
export function showFigures(/** @type {Status} */ status) {
  const list = found('figures');
  const rows = rowsOf(status);
  while (list.children.length > rows.length * 2) list.lastElementChild?.remove();
  while (list.children.length < rows.length * 2) list.append(made('dt', ''), made('dd', ''));
  for (const [index, { name, lines }] of rows.entries()) {
    const [term, value] = [list.children[index * 2], list.children[index * 2 + 1]];
    if (term === undefined || value === undefined) continue;
    say(term, name);
    while (value.children.length > lines.length) value.lastElementChild?.remove();
    while (value.children.length < lines.length) value.append(made('span', ''));
    for (const [at, { text, style }] of lines.entries()) {
      const line = value.children[at];
      if (line !== undefined) say(line, text, style);
    }
  }
}

/**
 * @param {Status} status
 * @returns {{ name: string, lines: Line[] }[]}
 */
function rowsOf(status) {
  const { live, conversations, perMinute, totals, wishToApplied, lookups, budget, channels, outbox } = status;
  return [
    ...(status.outOfReach ? [row('Genesys Cloud', 'out of reach: it is tried again by itself', 'red')] : []),
    row('Wishes', wishes(status)),
    row('Calls', `${live} live, ${conversations} held`),
    row('Last minute', activity(perMinute)),
    row('Since the start', `${activity(totals)}, ${counted(totals.dead, 'wish', 'wishes')} dead`),
    row(
      'Wish to applied',
      wishToApplied.count === 0
        ? 'none within the last minute'
        : `${took(wishToApplied)}, ${counted(wishToApplied.count, 'wish', 'wishes')}`,
    ),
    ...(lookups.length === 0
      ? []
      : [
          { name: 'Lookups', lines: lookups.map((each) => ({ text: `${each.lookup}: ${took(each)}, ${counted(each.count, 'request')}` })) },
        ]),
    row('Budget', budgetLine(budget), budget.heldForMs > 0 ? 'red' : ''),
    {
      name: channels.length === 1 ? 'Channel' : 'Channels',
      lines: channels.map((each) => ({ text: channel(each), style: each.state === 'open' ? '' : 'yellow' })),
    },
    { name: 'Topics', lines: topics(status) },
    ...(status.cluster === undefined ? [] : [row('Fleet', fleetLine(status.cluster), status.cluster.reachable ? '' : 'red')]),
    row('Outbox', outboxLine(outbox), outbox.trouble === undefined ? '' : 'red'),
  ];
}

function row(/** @type {string} */ name, /** @type {string} */ text, style = '') {
  return { name, lines: [{ text, style }] };
}

function wishes(/** @type {Status} */ { pending, oldestMs, unconfirmed, deadLetters }) {
  const oldest = oldestMs === undefined ? '' : ` (the oldest for ${lasting(oldestMs)})`;
  return `${pending} pending${oldest}, ${unconfirmed} applied and not yet confirmed, ${counted(deadLetters, 'dead letter')}`;
}

function activity(/** @type {Status['perMinute']} */ { events, writes, conflicts, failed }) {
  return `${counted(events, 'event')}, ${counted(writes, 'write')}, ${counted(conflicts, 'conflict')}, ${failed} failed`;
}

function took(/** @type {Status['wishToApplied']} */ { p50Ms = 0, p95Ms = 0 }) {
  return `half within ${lasting(p50Ms)}, 95 % within ${lasting(p95Ms)}`;
}

function budgetLine(/** @type {Status['budget']} */ { allowed, remaining, resetsInMs, heldForMs, waiting }) {
  const held = heldForMs > 0 ? `, held for ${lasting(heldForMs)} by a 429` : '';
  return `${remaining} of ${allowed} requests left, anew in ${lasting(resetsInMs)}${held}; ${waiting} wait`;
}

function channel(/** @type {Status['channels'][number]} */ { channel, state, topics, lastFrameMs, lastEventMs, retryInMs }) {
  return [
    channel === undefined ? state : `${channel} ${state}`,
    ...(state === 'open' ? [counted(topics, 'topic')] : []),
    ...(lastFrameMs === undefined ? [] : [`frame ${lasting(lastFrameMs)} ago`]),
    ...(lastEventMs === undefined ? [] : [`event ${lasting(lastEventMs)} ago`]),
    ...(retryInMs === undefined ? [] : [`tried again in ${lasting(retryInMs)}`]),
  ].join(', ');
}

/** @returns {Line[]} */
function topics(/** @type {Status} */ { topics: { desired, permitted, rejected } }) {
  const more = rejected.length - mostRejected;
  return [
    { text: `${permitted} of ${desired} permitted` },
    ...rejected.slice(0, mostRejected).map(({ topic, reason, missingPermissions }) => {
      const why = [
        ...(missingPermissions.length > 0 ? [`missing ${missingPermissions.join(', ')}`] : []),
        ...(reason === undefined ? [] : [reason]),
      ];
      return { text: [`rejected: ${topic}`, why.join('; ')].filter((part) => part !== '').join(': '), style: 'yellow' };
    }),
    ...(more > 0 ? [{ text: `and ${more} more`, style: 'yellow' }] : []),
  ];
}

function fleetLine(
  /** @type {NonNullable<Status['cluster']>} */ { instance, partitions, owned, channels, members, budgetShare, reachable },
) {
  const all = members.map(({ instance: name, partitions: has, able }) => `${name} ${has}${able ? '' : ' (without the platform)'}`);
  return [
    `${instance} has ${owned} of ${partitions} partitions and ${counted(channels.length, 'channel')}`,
    `members ${all.join(', ')}`,
    ...(budgetShare === 1 ? [] : [`${Math.round(budgetShare * 100)} % of the token’s budget`]),
    ...(reachable ? [] : ['NATS cannot be reached']),
  ].join('; ');
}

function outboxLine(/** @type {Status['outbox']} */ { kept, open, dead, bytes, maxBytes, trouble }) {
  return `${kept} kept, ${open} open, ${dead} dead; ${sized(bytes)} of ${sized(maxBytes)}${trouble === undefined ? '' : `; ${trouble}`}`;
}
