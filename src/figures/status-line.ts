import type { Status } from './status.js';

/** How it goes, in one line: what `systemctl status` shows. */
export function statusLine(
  status: Pick<Status, 'ready' | 'reasons' | 'topics' | 'conversations' | 'pending' | 'perMinute' | 'deadLetters'>,
): string {
  const { ready, reasons, topics, conversations, pending, perMinute, deadLetters } = status;
  const figures = [
    `${topics.permitted} of ${topics.desired} topics`,
    `${conversations} calls`,
    `${pending} pending`,
    `${perMinute.conflicts} conflicts a minute`,
    ...(deadLetters === 0 ? [] : [`${deadLetters} dead letters`]),
  ];
  return `${ready ? 'ready' : `not ready (${reasons.join('; ')})`}: ${figures.join(', ')}`;
}
