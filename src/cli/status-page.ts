import type { Status } from '../figures/status.js';
import { counted, hanging, lasting, type Paint } from './page.js';
import { budget, channelLine, fleet, outbox, took, wishes } from './status-words.js';

/** Rejected topics that are shown: the page is one screen. */
const mostRejected = 4;

/** The daemon's figures as a page of one screen, at most 80 columns wide. */
export function statusPage(status: Status, paint: Paint): string {
  const { version, uptimeMs, ready, reasons, conversations, perMinute } = status;
  const [slowest] = status.lookups;
  const lines = [
    `attributed ${version}, up for ${lasting(uptimeMs)}, ${ready ? paint('green', 'ready') : paint('red', 'not ready')}`.replaceAll(
      '\u00a0',
      ' ',
    ),
    ...reasons.flatMap((reason) => hanging('               ', reason, (line) => paint('red', line))),
    ...(status.outOfReach ? row('', 'Genesys Cloud is out of reach: it is tried again by itself') : []),
    ...row('wishes', wishes(status)),
    ...row('calls', `${status.live} live, ${conversations} held`),
    ...row(
      'last minute',
      `${counted(perMinute.events, 'event')}, ${counted(perMinute.writes, 'write')}, ${counted(perMinute.conflicts, 'conflict')}` +
        (perMinute.failed === 0 ? '' : `, ${perMinute.failed} failed`),
    ),
    ...(status.wishToApplied.count === 0
      ? []
      : row('to applied', `${took(status.wishToApplied)}, ${counted(status.wishToApplied.count, 'wish', 'wishes')}`)),
    ...(slowest === undefined ? [] : row('lookups', `${slowest.lookup} ${took(slowest)}, ${counted(slowest.count, 'request')}`)),
    ...row('budget', budget(status)),
    ...status.channels.flatMap((channel) => row('channel', channelLine(channel))),
    ...row('topics', `${status.topics.permitted} of ${status.topics.desired} permitted`),
    ...rejected(status, paint),
    ...(status.cluster === undefined ? [] : row('fleet', fleet(status.cluster))),
    ...row('outbox', outbox(status)),
  ];
  return `${lines.join('\n')}\n`;
}

function row(name: string, text: string): string[] {
  return hanging(`  ${name.padEnd(13)}`, text);
}

function rejected({ topics }: Status, paint: Paint): string[] {
  const lines = topics.rejected.slice(0, mostRejected).flatMap(({ topic, reason, missingPermissions }) => {
    const why = [missingPermissions.length > 0 ? `missing ${missingPermissions.join(', ')}` : undefined, reason];
    const said = why.filter((part) => part !== undefined).join('; ');
    return hanging('               ', `rejected: ${topic}${said === '' ? '' : `: ${said}`}`, (line) => paint('yellow', line));
  });
  const more = topics.rejected.length - mostRejected;
  return more > 0 ? [...lines, `               and ${more} more`] : lines;
}
