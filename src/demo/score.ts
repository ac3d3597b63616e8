import type { Simulator } from '../simulator/simulator.js';
import type { Auditor } from './auditor.js';
import type { WantedUpdates } from './wanted.js';

/** What a run came to, counted by the simulated server, except for what only the client can know (known-stale ETags). */
export interface Score {
  conversations: number;
  right: number;
  updates: number;
  arrived: number;
  /** GETs and PATCHes of conversations. */
  requests: number;
  conflicts: number;
  knownStale: number;
  /** Ms from the cause of an update to its arrival, of those that arrived. */
  p50: number;
  p95: number;
}

export function scoreOf({ world, ledger, engine }: Simulator, wanted: WantedUpdates, auditor: Auditor): Score {
  const right = engine.calls.filter(({ id, conversation }) => {
    const attributes = conversation?.participants.find(({ purpose }) => purpose === 'customer')?.attributes ?? {};
    return Object.entries(wanted.of(id)).every(([key, value]) => attributes[key] === value);
  });
  const took = wanted.all.flatMap(({ conversationId, attributes, at }) => {
    const times = Object.entries(attributes).map(([key, value]) => ledger.appliedAt(conversationId, key, value, at));
    return times.includes(undefined) ? [] : [Math.max(...(times as number[])) - at];
  });
  return {
    conversations: world.conversations.size,
    right: right.length,
    updates: wanted.all.length,
    arrived: took.length,
    requests: [...ledger.requests].filter(([route]) => route.includes('/conversations/voice/')).reduce((sum, [, count]) => sum + count, 0),
    conflicts: ledger.writes.filter(({ status }) => status === 409 || status === 412).length,
    knownStale: auditor.knownStale,
    p50: percentile(took, 0.5),
    p95: percentile(took, 0.95),
  };
}

/** NaN for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** The two runs side by side. */
export function table(ours: Score, naive: Score): string {
  const row = (label: string, value: (score: Score) => string): string =>
    `  ${label.padEnd(38)}${value(ours).padStart(12)}${value(naive).padStart(16)}\n`;
  const ms = (value: number): string => (Number.isNaN(value) ? '–' : `${Math.round(value)} ms`);
  return [
    `  ${''.padEnd(38)}${'attributed'.padStart(12)}${'naive writer'.padStart(16)}\n`,
    row('conversations right at the end', ({ right, conversations }) => `${right}/${conversations}`),
    row('updates that arrived', ({ arrived, updates }) => `${arrived}/${updates}`),
    row('requests per update wanted', ({ requests, updates }) => (requests / updates).toFixed(2)),
    row('conflicts (409)', ({ conflicts }) => String(conflicts)),
    row('PATCHes with an ETag known to be stale', ({ knownStale }) => String(knownStale)),
    row('wish to applied, p50 of what arrived', ({ p50 }) => ms(p50)),
    row('wish to applied, p95 of what arrived', ({ p95 }) => ms(p95)),
  ].join('');
}
