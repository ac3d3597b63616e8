import { z } from 'zod';
import type { Registry } from '../conversation/registry.js';
import { healthOf } from '../observe/health.js';
import type { RecentValues } from '../observe/recent.js';
import { readyChecks } from './checks.js';
import type { Parts } from './parts.js';
import { ageOfOldest, pendingIn } from './pending.js';

/** Lookups that are told of, the slowest first: enough to see who holds the wishes up. */
const mostLookups = 5;

/** How long something took within the last minute; nothing but the count if there was nothing. */
const tookSchema = z.object({
  count: z.number(),
  p50Ms: z.number().optional(),
  p95Ms: z.number().optional(),
  maxMs: z.number().optional(),
});

type Took = z.infer<typeof tookSchema>;

/** What `GET /status` tells, behind `attributed status` and the status page; times in ms. */
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
  /** Conversations that are held. */
  conversations: z.number(),
  /** Those of them that have not ended. */
  live: z.number(),
  /** Within the last 60 s. */
  perMinute: z.object({ events: z.number(), writes: z.number(), conflicts: z.number(), failed: z.number() }),
  /** Since the start: none of them falls while it runs. */
  totals: z.object({
    events: z.number(),
    /** Requests that were sent, and those of them that met a conflict, or failed. */
    writes: z.number(),
    conflicts: z.number(),
    failed: z.number(),
    /** Wishes that came in, and that came to each end. */
    accepted: z.number(),
    applied: z.number(),
    confirmed: z.number(),
    satisfied: z.number(),
    superseded: z.number(),
    dead: z.number(),
  }),
  /** From a wish to the platform's 200. */
  wishToApplied: tookSchema,
  /** How long the requests of lookups took, the slowest first; those only that were asked. */
  lookups: z.array(tookSchema.extend({ lookup: z.string() })),
  /** A host of the platform counts as out of reach. */
  outOfReach: z.boolean(),
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
  /** As one of a fleet; absent for a lone daemon. */
  cluster: z
    .object({
      instance: z.string(),
      /** Whether NATS can be reached. */
      reachable: z.boolean(),
      partitions: z.number(),
      /** How many of them are this instance's. */
      owned: z.number(),
      members: z.array(
        z.object({
          instance: z.string(),
          /** Whether it reaches the platform. */
          able: z.boolean(),
          partitions: z.number(),
          channels: z.number(),
        }),
      ),
      /** Channel shards that this instance runs. */
      channels: z.array(z.number()),
      /** Its share of the budget of its token. */
      budgetShare: z.number(),
      /** Events that were taken in here, handed on to another instance, and could not be handed on. */
      events: z.object({ handled: z.number(), forwarded: z.number(), missed: z.number() }),
    })
    .optional(),
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
  const { version, started, clock, registry, outbox, budget, breaker, notifications, rates, metrics, config } = parts;
  const { ok, reasons } = healthOf(readyChecks(parts));
  const pending = pendingIn(outbox);
  const dead = outbox.dead().length;
  const { accepted, applied, confirmed, satisfied, superseded, dead: died } = outbox.counts;
  return {
    version,
    uptimeMs: Math.round(clock.now() - started),
    ready: ok,
    reasons,
    pending: pending.length,
    oldestMs: ageOfOldest(pending, clock.wall()),
    unconfirmed: outbox.pending - pending.length,
    deadLetters: dead,
    conversations: registry.size,
    live: liveIn(registry),
    perMinute: rates.perMinute,
    totals: { ...rates.totals, accepted, applied, confirmed, satisfied, superseded, dead: died },
    wishToApplied: took(metrics.recently('intent_to_applied_seconds').get('')),
    lookups: [...metrics.recently('lookup_seconds')]
      .sort(([, one], [, other]) => other.p95 - one.p95)
      .slice(0, mostLookups)
      .map(([lookup, values]) => ({ lookup, ...took(values) })),
    outOfReach: breaker.open,
    budget: budget.figures,
    channels: notifications.channels,
    topics: {
      desired: notifications.desired.length,
      permitted: notifications.topics.filter(({ permitted }) => permitted).length,
      rejected: notifications.topics
        .filter(({ permitted }) => !permitted)
        .map(({ topic, reason, missingPermissions }) => ({ topic, reason, missingPermissions })),
    },
    ...(parts.fleet === undefined ? {} : { cluster: parts.fleet.fleet.figures }),
    outbox: {
      kept: outbox.size,
      open: outbox.pending,
      dead,
      bytes: outbox.bytes,
      maxBytes: config.outbox.maxBytes,
      trouble: outbox.trouble,
    },
  };
}

/** What was measured in seconds, in whole ms. */
function took(values: RecentValues | undefined): Took {
  if (values === undefined) return { count: 0 };
  const ms = (seconds: number): number => Math.round(seconds * 1000);
  const { count, p50, p95, max } = values;
  return { count, p50Ms: ms(p50), p95Ms: ms(p95), maxMs: ms(max) };
}

function liveIn(registry: Registry): number {
  let live = 0;
  for (const { over } of registry.all()) if (!over) live += 1;
  return live;
}
