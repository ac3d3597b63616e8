import type { TopicState } from '../genesys/channel.js';
import type { NotificationSource } from '../genesys/notifications.js';
import type { Check } from '../observe/health.js';
import type { Parts } from './parts.js';

/** A pipeline that reads or sends for so many request timeouts hangs. */
const stuckAfterTimeouts = 3;

/** An outbox that has not kept something for so long hangs, in ms: a sync of a busy disk takes a second or two. */
const hangsAfter = 30_000;

/** What `/healthz` asks: is it alive and making progress? */
export function aliveChecks(parts: Parts): Check[] {
  const { clock, lag, writer, notifications, store } = parts;
  return [
    lag.check,
    () => {
      const longest = parts.config.genesys.requestTimeout * stuckAfterTimeouts;
      const stuck = [...writer.pipelines].filter(
        ({ state }) => (state.at === 'reading' || state.at === 'sending') && clock.now() - state.since > longest,
      );
      return stuck.length === 0 ? undefined : `${stuck.length} writes hang for more than ${longest} ms`;
    },
    () => (store.waitedMs > hangsAfter ? `the outbox has kept nothing for ${store.waitedMs} ms: its disk hangs` : undefined),
    () => {
      // a channel that is not open has a reconnect under way or scheduled
      const silent = Math.max(0, ...notifications.channels.map(({ lastFrameMs = 0 }) => lastFrameMs));
      return silent > parts.config.notifications.silenceTimeout * 2
        ? `nothing was heard for ${silent} ms and no reconnect is under way`
        : undefined;
    },
  ];
}

/** What `/readyz` asks: is it able to do its job? */
export function readyChecks(parts: Parts): Check[] {
  const { notifications, outbox, budget } = parts;
  return [
    () => (parts.stopping ? 'the daemon is stopping' : undefined),
    () => {
      const { channels } = notifications;
      const open = channels.filter(({ state }) => state === 'open').length;
      if (notifications.connected) return undefined;
      return channels.length > 1 ? `${open} of ${channels.length} channels are connected` : 'no channel is connected';
    },
    () => {
      const { topics } = notifications;
      return topics.length === 0 || topics.some(({ permitted }) => permitted) ? undefined : 'no topic is permitted';
    },
    () => outbox.trouble,
    () => (budget.open ? undefined : 'the budget is used up'),
    () => parts.fleet?.fleet.trouble,
  ];
}

/** So many topics stand in the body of `/readyz` at most: probes come often. */
const mostTopics = 1_000;

interface ReadyDetails {
  topics: TopicState[];
  topicCounts: { desired: number; permitted: number; rejected: number };
}

/** What the body of `/readyz` tells beside the reasons: topics, refused ones first, and how many there are. */
export function readyDetails({ notifications }: { notifications: Pick<NotificationSource, 'topics' | 'desired'> }): ReadyDetails {
  const { topics, desired } = notifications;
  const [permitted, rejected] = [topics.filter((topic) => topic.permitted), topics.filter((topic) => !topic.permitted)];
  return {
    topics: [...rejected, ...permitted].slice(0, mostTopics),
    topicCounts: { desired: desired.length, permitted: permitted.length, rejected: rejected.length },
  };
}
