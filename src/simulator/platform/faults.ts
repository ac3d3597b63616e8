import { z } from 'zod';

const share = z.number().min(0).max(1);
/** Two bounds in ms. */
export const range = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([least, most]) => least <= most, 'expected [least, most]')
  .readonly();

/** What goes wrong, and how; all switches can be turned while the simulator runs. Times in ms, shares from 0 to 1. */
export const faultsSchema = z.strictObject({
  /** How long a request takes to the server, and its answer back (when-to-write.md: one way 15–60 ms). */
  latencyUp: range.default([0, 0]),
  latencyDown: range.default([0, 0]),
  /** How long an event takes: lognormal within these bounds, its median at a third of them (when-to-write.md: 20–150 ms). */
  eventDelay: range.default([0, 0]),
  /** Frames that come twice, overtake the one before, or never come. */
  duplicate: share.default(0),
  reorder: share.default(0),
  /**
   * Among which events each waits for those before it, however long these take: those of its channel, of its conversation on the
   * channel, or none. Nothing is promised (genesys-cloud.md §4); a whole channel in order would have all wait for the slowest.
   */
  order: z.enum(['channel', 'conversation', 'none']).default('conversation'),
  drop: share.default(0),
  /** Nothing is sent over the sockets any more, not even heartbeats and pongs: a half-open connection. */
  mute: z.boolean().default(false),
  /** Status with which every upgrade to a WebSocket is refused; absent: none but those for a channel that is gone (404). */
  refuseUpgrades: z.union([z.literal(401), z.literal(403), z.literal(404), z.literal(429), z.literal(500), z.literal(503)]).optional(),
  /** What becomes of `subscribe` and `unsubscribe` over the sockets: `unanswered` ones are carried out, `ignored` ones are not. */
  subscribeFrames: z.enum(['answered', 'unanswered', 'ignored']).default('answered'),
  /** Requests to the API that are answered by such a status instead of being carried out. */
  refuse: z
    .array(
      z.strictObject({
        status: z.union([z.literal(401), z.literal(403), z.literal(404), z.literal(429), z.literal(500), z.literal(503)]),
        share,
      }),
    )
    .default([]),
  /** Requests that are carried out but never answered: the connection is cut. */
  unanswered: share.default(0),
  /** Status of a conflict on `voice`, and whether any conflict's answer carries the present ETag or version. */
  conflictStatus: z.union([z.literal(409), z.literal(412)]).default(409),
  conflictEtag: z.boolean().default(true),
  /** The ETag of the `voice` resources: of their version, weak (`If-Match` compares strongly: it never matches), of another make, or none. */
  etags: z.enum(['strong', 'weak', 'opaque', 'none']).default('strong'),
  /** What becomes of `If-Match` on `voice`; where it is required, a write without it is answered by 428. */
  ifMatch: z.enum(['honoured', 'ignored', 'required']).default('honoured'),
  /** Whether a write of a participant's attributes merges keys or replaces the map, and whether `""` deletes a key. */
  attributeWrites: z.enum(['merge', 'replace']).default('merge'),
  emptyAttributes: z.enum(['kept', 'deleted']).default('kept'),
  /** A 202 of the published attribute endpoints is carried out so much later: "202 means later" (genesys-cloud.md §5). */
  acceptedDelay: range.default([30, 150]),
  /** A missing permission is answered with status 409 (middleware does that). */
  disguiseForbidden: z.boolean().default(false),
  /** How events tell the version. */
  eventVersions: z.enum(['version', 'etag', 'none']).default('version'),
});

export type Faults = z.output<typeof faultsSchema>;
