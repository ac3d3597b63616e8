import type { Metrics } from '../observe/metrics.js';
import { literalTopics, type Parts } from './parts.js';

/** Says where each figure is kept that `/metrics` shows. */
export function measure(metrics: Metrics, parts: Parts): void {
  const { registry, outbox, outcomes, budget, breaker, notifications, lag, clock } = parts;
  metrics.read('frames_total', () => notifications.frames);
  metrics.read('events_total', () => registry.outcomes);
  metrics.read('conversations', () => registry.size);
  metrics.read('intents_pending', () => outbox.pending);
  metrics.read('intents_total', () => {
    const { accepted, applied, confirmed, satisfied, superseded, dead } = outbox.counts;
    return { accepted, applied, confirmed, satisfied, superseded, dead };
  });
  metrics.read('writes_total', () => {
    const { written: applied, conflicts: conflict, failed } = outcomes.figures;
    return { applied, conflict, failed };
  });
  metrics.read('budget_remaining', () => budget.remaining);
  metrics.read('breaker_open', () => (breaker.open ? 1 : 0));
  metrics.read('channel_connected', () => (notifications.connected ? 1 : 0));
  metrics.read('channel_last_frame_seconds', () => {
    const { state } = notifications;
    return state.at === 'open' ? (clock.now() - state.socket.lastHeard) / 1000 : undefined;
  });
  metrics.read('topics', () => {
    const permitted = notifications.topics.filter((topic) => topic.permitted).length;
    return { desired: literalTopics(parts.config.notifications).length, permitted, rejected: notifications.topics.length - permitted };
  });
  metrics.read('outbox_bytes', () => outbox.bytes);
  metrics.read('event_loop_lag_seconds', () => lag.ms / 1000);
}
