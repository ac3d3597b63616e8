import type { Check } from '../observe/health.js';
import type { Parts } from './parts.js';

/** A pipeline that reads or sends for so many request timeouts hangs. */
const stuckAfterTimeouts = 3;

/** What `/healthz` asks: is it alive and making progress? */
export function aliveChecks({ clock, config, lag, writer, notifications }: Parts): Check[] {
  const longest = config.genesys.requestTimeout * stuckAfterTimeouts;
  return [
    lag.check,
    () => {
      const stuck = [...writer.pipelines].filter(
        ({ state }) => (state.at === 'reading' || state.at === 'sending') && clock.now() - state.since > longest,
      );
      return stuck.length === 0 ? undefined : `${stuck.length} writes hang for more than ${longest} ms`;
    },
    () => {
      // a channel that is not open has a reconnect under way or scheduled
      const silent = Math.max(0, ...notifications.channels.map(({ lastFrameMs = 0 }) => lastFrameMs));
      return silent > config.notifications.silenceTimeout * 2
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
  ];
}
