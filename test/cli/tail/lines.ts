import { entryOf, type Entry } from '../../../src/cli/tail/entry.js';

export const callId = '3f0c12ab-5d1f-4b57-9d5e-000000000001';
export const wishId = 'a1b2c3d4-5d1f-4b57-9d5e-000000000002';

const start = Date.UTC(2026, 10, 24, 10, 0, 0);

/** A line of the log, `ms` after ten o'clock. */
export function line(ms: number, event: string, fields: Record<string, unknown> = {}, level = 'info', message = 'a message'): string {
  return JSON.stringify({ timestamp: new Date(start + ms).toISOString(), level, event, message, ...fields });
}

/** The same as an entry. */
export function entry(...of: Parameters<typeof line>): Entry {
  const made = entryOf(line(...of));
  if (made === undefined) throw new Error('no entry');
  return made;
}

/** The line that a wish begins with. */
export function accepted(ms: number, fields: Record<string, unknown> = {}): Parameters<typeof line> {
  return [ms, 'intent.accepted', { intentId: wishId, conversationId: callId, rule: 'customer-tier', ...fields }];
}

/** A line of a write of that wish. */
export function write(ms: number, how: string, fields: Record<string, unknown> = {}): Parameters<typeof line> {
  return [ms, `write.${how}`, { conversationId: callId, intentIds: [wishId], keys: ['tier'], ...fields }];
}
