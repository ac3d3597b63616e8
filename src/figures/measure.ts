import type { FleetFigures } from '../cluster/fleet.js';
import { healthOf } from '../observe/health.js';
import type { Metrics } from '../observe/metrics.js';
import { readyChecks } from './checks.js';
import { ageOfOldest, pendingIn } from './pending.js';
import type { Parts } from './parts.js';

/** Says where each figure is kept that `/metrics` shows. */
export function measure(metrics: Metrics, parts: Parts): void {
  const { registry, outbox, outcomes, budget, breaker, notifications, token, lag, log, clock, started } = parts;
  const startedAt = clock.wall() - (clock.now() - started);
  const ready = readyChecks(parts);
  metrics.read('start_time_seconds', () => startedAt / 1000);
  metrics.read('ready', () => (healthOf(ready).ok ? 1 : 0));
  metrics.read('auth_refused', () => (token.refusedLast ? 1 : 0));
  metrics.read('frames_total', () => notifications.frames);
  metrics.read('events_total', () => registry.outcomes);
  metrics.read('conversations', () => registry.size);
  metrics.read('intents_pending', () => outbox.pending);
  metrics.read('intents_oldest_seconds', () => (ageOfOldest(pendingIn(outbox), clock.wall()) ?? 0) / 1000);
  metrics.read('intents_total', () => {
    const { accepted, applied, confirmed, satisfied, superseded, dead } = outbox.counts;
    return { accepted, applied, confirmed, satisfied, superseded, dead };
  });
  metrics.read('writes_total', () => {
    const { written: applied, conflicts: conflict, failed } = outcomes.figures;
    return { applied, conflict, failed };
  });
  metrics.read('budget_remaining', () => budget.remaining);
  metrics.read('budget_waiting', () => budget.figures.waiting);
  metrics.read('breaker_open', () => (breaker.open ? 1 : 0));
  metrics.read('channel_connected', () => (notifications.connected ? 1 : 0));
  metrics.read('channels', () => {
    const { channels } = notifications;
    return { needed: channels.length, open: channels.filter(({ state }) => state === 'open').length };
  });
  metrics.read('channel_last_frame_seconds', () => longest(notifications.channels.map(({ lastFrameMs }) => lastFrameMs)));
  metrics.read('channel_last_event_seconds', () => longest(notifications.channels.map(({ lastEventMs }) => lastEventMs)));
  metrics.read('channel_rotations_total', () => notifications.rotations);
  metrics.read('topics', () => {
    const permitted = notifications.topics.filter((topic) => topic.permitted).length;
    return { desired: notifications.desired.length, permitted, rejected: notifications.topics.length - permitted };
  });
  measureFleet(metrics, () => parts.fleet?.fleet.figures);
  metrics.read('outbox_bytes', () => outbox.bytes);
  metrics.read('outbox_max_bytes', () => parts.config.outbox.maxBytes);
  metrics.read('outbox_accepting', () => (outbox.trouble === undefined ? 1 : 0));
  metrics.read('log_dropped_total', () => log.dropped);
  metrics.read('event_loop_lag_seconds', () => lag.ms / 1000);
}

/** Of a lone daemon there is nothing to tell of a fleet. */
function measureFleet(metrics: Metrics, figures: () => FleetFigures | undefined): void {
  metrics.read('cluster_reachable', () => {
    const reachable = figures()?.reachable;
    return reachable === undefined ? undefined : Number(reachable);
  });
  metrics.read('cluster_members', () => figures()?.members.length);
  metrics.read('cluster_partitions', () => {
    const fleet = figures();
    if (fleet === undefined) return {};
    const { partitions: all, owned, members } = fleet;
    return { all, owned, unowned: all - members.reduce((sum, { partitions }) => sum + partitions, 0) };
  });
  metrics.read('cluster_budget_share', () => figures()?.budgetShare);
  metrics.read('cluster_events_total', () => figures()?.events ?? {});
}

/** The longest of some times in ms, as seconds; undefined without any. */
function longest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known) / 1000;
}
