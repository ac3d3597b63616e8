import type { Check } from '../observe/health.js';
import type { Parts } from './parts.js';

/** A pipeline that reads or sends for so many request timeouts hangs. */
const stuckAfterTimeouts = 3;

/** What `/healthz` asks: is it alive and making progress? */
export function aliveChecks(parts: Parts): Check[] {
  const { clock, lag, writer, notifications } = parts;
  return [
    lag.check,
    () => {
      const longest = parts.config.genesys.requestTimeout * stuckAfterTimeouts;
      const stuck = [...writer.pipelines].filter(
        ({ state }) => (state.at === 'reading' || state.at === 'sending') && clock.now() - state.since > longest,
      );
      return stuck.length === 0 ? undefined : `${stuck.length} writes hang for more than ${longest} ms`;
    },
    () => {
      const { state } = notifications;
      const silent = state.at === 'open' ? clock.now() - state.socket.lastHeard : 0;
      return silent > parts.config.notifications.silenceTimeout * 2
        ? `nothing was heard for ${Math.round(silent)} ms and no reconnect is under way`
        : undefined;
    },
  ];
}

/** What `/readyz` asks: is it able to do its job? */
export function readyChecks(parts: Parts): Check[] {
  const { notifications, outbox, budget } = parts;
  return [
    () => (parts.stopping ? 'the daemon is stopping' : undefined),
    () => (notifications.connected ? undefined : 'no channel is connected'),
    () => {
      const { topics } = notifications;
      return topics.length === 0 || topics.some(({ permitted }) => permitted) ? undefined : 'no topic is permitted';
    },
    () => outbox.trouble,
    () => (budget.open ? undefined : 'the budget is used up'),
  ];
}
