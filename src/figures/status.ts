import { z } from 'zod';
import type { Intent } from '../intent/intent.js';
import { healthOf } from '../observe/health.js';
import { readyChecks } from './checks.js';
import type { Parts } from './parts.js';

/** What `GET /status` tells, behind `attributed status`; times in ms. */
export const statusSchema = z.object({
  version: z.string(),
  uptimeMs: z.number(),
  ready: z.boolean(),
  /** Why it is not. */
  reasons: z.array(z.string()),
  /** Wishes that are neither applied nor at another end. */
  pending: z.number(),
  /** Age of the oldest of these. */
  oldestMs: z.number().optional(),
  /** Wishes that are applied and not yet confirmed. */
  unconfirmed: z.number(),
  deadLetters: z.number(),
  conversations: z.number(),
  /** Within the last 60 s. */
  perMinute: z.object({ events: z.number(), writes: z.number(), conflicts: z.number() }),
  budget: z.object({
    allowed: z.number(),
    remaining: z.number(),
    resetsInMs: z.number(),
    /** A 429's `Retry-After` runs for so long. */
    heldForMs: z.number(),
    /** Requests that wait. */
    waiting: z.number(),
  }),
  channels: z.array(
    z.object({
      /** A digest of its id, as in the log. */
      channel: z.string().optional(),
      state: z.string(),
      /** Topics that the platform permits. */
      topics: z.number(),
      /** Since the last frame. */
      lastFrameMs: z.number().optional(),
      /** Since the last event. */
      lastEventMs: z.number().optional(),
      /** Until the next try to connect. */
      retryInMs: z.number().optional(),
    }),
  ),
  topics: z.object({
    desired: z.number(),
    permitted: z.number(),
    rejected: z.array(z.object({ topic: z.string(), reason: z.string().optional(), missingPermissions: z.array(z.string()) })),
  }),
  outbox: z.object({
    kept: z.number(),
    open: z.number(),
    dead: z.number(),
    bytes: z.number(),
    maxBytes: z.number(),
    /** Why it takes nothing now. */
    trouble: z.string().optional(),
  }),
});

export type Status = z.infer<typeof statusSchema>;

/** The daemon's figures at this moment. */
export function statusOf(parts: Parts): Status {
  const { version, started, clock, registry, outbox, budget, notifications, rates, config } = parts;
  const { ok, reasons } = healthOf(readyChecks(parts));
  const open = outbox.open();
  const pending = open.filter(({ state }) => state !== 'applied');
  const dead = outbox.dead().length;
  return {
    version,
    uptimeMs: Math.round(clock.now() - started),
    ready: ok,
    reasons,
    pending: pending.length,
    oldestMs: ageOfOldest(pending, clock.wall()),
    unconfirmed: open.length - pending.length,
    deadLetters: dead,
    conversations: registry.size,
    perMinute: rates.perMinute,
    budget: budget.figures,
    channels: notifications.channels,
    topics: {
      desired: notifications.desired.length,
      permitted: notifications.topics.filter(({ permitted }) => permitted).length,
      rejected: notifications.topics
        .filter(({ permitted }) => !permitted)
        .map(({ topic, reason, missingPermissions }) => ({ topic, reason, missingPermissions })),
    },
    outbox: {
      kept: outbox.size,
      open: open.length,
      dead,
      bytes: outbox.bytes,
      maxBytes: config.outbox.maxBytes,
      trouble: outbox.trouble,
    },
  };
}

/** Intents stand in order of acceptance, but the wall clock may have been set back between two of them. */
function ageOfOldest(intents: readonly Intent[], now: number): number | undefined {
  if (intents.length === 0) return undefined;
  return Math.max(0, now - intents.reduce((oldest, { acceptedAt }) => Math.min(oldest, acceptedAt), Infinity));
}
