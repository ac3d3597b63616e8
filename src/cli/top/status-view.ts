import type { Status } from '../../figures/status.js';
import { counted, lasting } from '../page.js';
import { budget, channelLine, fleet, outbox, took, wishes } from '../status-words.js';
import type { Row, View } from './view.js';

/** The daemon's own figures. */
export function viewOf(status: Status): View {
  const { version, uptimeMs, ready, reasons, outOfReach, totals, topics } = status;
  return {
    title: `attributed ${version}, up for ${lasting(uptimeMs)}`,
    ready,
    troubles: [
      ...reasons,
      ...(outOfReach ? ['Genesys Cloud is out of reach: it is tried again by itself'] : []),
      ...(topics.rejected.length === 0 ? [] : [`${counted(topics.rejected.length, 'topic')} refused: see \`attributed status\``]),
    ],
    totals: { events: totals.events, writes: totals.writes, conflicts: totals.conflicts, failed: totals.failed },
    rows: [
      { name: 'wishes', text: wishes(status) },
      { name: 'calls', text: `${status.live} live, ${status.conversations} held` },
      { name: 'budget', text: budget(status), share: share(status.budget.remaining, status.budget.allowed) },
      ...toApplied(status),
      { name: 'topics', text: `${topics.permitted} of ${topics.desired} permitted` },
      ...(status.cluster === undefined ? [] : [{ name: 'fleet', text: fleet(status.cluster) }]),
      { name: 'outbox', text: outbox(status), share: share(status.outbox.bytes, status.outbox.maxBytes) },
      ...status.lookups.map((lookup) => ({
        name: 'lookup',
        text: `${lookup.lookup} ${took(lookup)}, at most ${lasting(lookup.maxMs ?? 0)}, ${counted(lookup.count, 'request')}`,
      })),
      // those that are not open first: with many of them, the last are left out
      ...[...status.channels]
        .sort((one, other) => Number(one.state === 'open') - Number(other.state === 'open'))
        .map((channel) => ({ name: 'channel', text: channelLine(channel) })),
    ],
  };
}

/** How long wishes took within the last minute; no row where there were none. */
export function toApplied({ wishToApplied }: Pick<Status, 'wishToApplied'>): Row[] {
  if (wishToApplied.count === 0) return [];
  return [{ name: 'to applied', text: `${took(wishToApplied)}, ${counted(wishToApplied.count, 'wish', 'wishes')}` }];
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole));
}
