import type { Status } from '../figures/status.js';
import { counted, lasting, sized } from './page.js';

/** `3 pending (the oldest for 1.2 s), 0 applied and not yet confirmed, 0 dead letters`. */
export function wishes({
  pending,
  oldestMs,
  unconfirmed,
  deadLetters,
}: Pick<Status, 'pending' | 'oldestMs' | 'unconfirmed' | 'deadLetters'>): string {
  const oldest = oldestMs === undefined ? '' : ` (the oldest for ${lasting(oldestMs)})`;
  return `${pending} pending${oldest}, ${unconfirmed} applied and not yet confirmed, ${counted(deadLetters, 'dead letter')}`;
}

/** How long something took within the last minute. */
export function took({ p50Ms = 0, p95Ms = 0 }: Pick<Status['wishToApplied'], 'p50Ms' | 'p95Ms'>): string {
  return `half within ${lasting(p50Ms)}, 95 % within ${lasting(p95Ms)}`;
}

/** `275 of 300 requests left, anew in 43.2 s; 0 wait`. */
export function budget({ budget: { allowed, remaining, resetsInMs, heldForMs, waiting } }: Pick<Status, 'budget'>): string {
  const held = heldForMs > 0 ? `, held for ${lasting(heldForMs)} by a 429` : '';
  return `${remaining} of ${allowed} requests left, anew in ${lasting(resetsInMs)}${held}; ${waiting} wait`;
}

/** `6e87e1c4 open, 2 topics, frame 31 ms ago, event 31 ms ago`. */
export function channelLine({ channel, state, topics, lastFrameMs, lastEventMs, retryInMs }: Status['channels'][number]): string {
  return [
    channel === undefined ? state : `${channel} ${state}`,
    state === 'open' ? `${topics} ${topics === 1 ? 'topic' : 'topics'}` : undefined,
    lastFrameMs === undefined ? undefined : `frame ${lasting(lastFrameMs)} ago`,
    lastEventMs === undefined ? undefined : `event ${lasting(lastEventMs)} ago`,
    retryInMs === undefined ? undefined : `tried again in ${lasting(retryInMs)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** `vm-1 has 32 of 64 partitions and 1 channel; members vm-1 32, vm-2 32 (without the platform)`. */
export function fleet({ instance, reachable, partitions, owned, channels, members, budgetShare }: NonNullable<Status['cluster']>): string {
  const others = members.map(({ instance: name, partitions: has, able }) => `${name} ${has}${able ? '' : ' (without the platform)'}`);
  return [
    `${instance} has ${owned} of ${partitions} partitions and ${counted(channels.length, 'channel')}`,
    `members ${others.join(', ')}`,
    ...(budgetShare === 1 ? [] : [`${Math.round(budgetShare * 100)} % of the token’s budget`]),
    ...(reachable ? [] : ['NATS cannot be reached']),
  ].join('; ');
}

/** `14 kept, 0 open, 0 dead; 6.3 KiB of 1 GiB`. */
export function outbox({ outbox: { kept, open, dead, bytes, maxBytes, trouble } }: Pick<Status, 'outbox'>): string {
  return `${kept} kept, ${open} open, ${dead} dead; ${sized(bytes)} of ${sized(maxBytes)}${trouble === undefined ? '' : `; ${trouble}`}`;
}
