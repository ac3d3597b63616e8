/** What an operator reads about a metric in the README's table; `npm run docs` writes that table from here. */
interface MetricKind {
  type: 'counter' | 'gauge' | 'histogram';
  labels: readonly string[];
  says: string;
  /** Upper bounds of a histogram's buckets. */
  buckets?: readonly number[];
}

/** From quicker than a loopback round trip to longer than `write.giveUpAfter` makes sense, in seconds. */
const seconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;

/** Every metric there is; on the wire each name begins with `attributed_`. */
export const metricList = {
  build_info: { type: 'gauge', labels: ['version', 'node'], says: '1, with what runs' },
  start_time_seconds: { type: 'gauge', labels: [], says: 'when it started, in seconds since 1970' },
  ready: { type: 'gauge', labels: [], says: '1 while `/readyz` says 200' },
  auth_refused: { type: 'gauge', labels: [], says: '1 if the OAuth client was refused when a token was last asked for' },
  frames_total: { type: 'counter', labels: [], says: 'frames that came over the socket, heartbeats among them' },
  events_total: { type: 'counter', labels: ['outcome'], says: 'events that were newer, a duplicate, older, or ignored' },
  conversations: { type: 'gauge', labels: [], says: 'conversations that are held' },
  intents_pending: { type: 'gauge', labels: [], says: 'intents that are not finished' },
  intents_oldest_seconds: {
    type: 'gauge',
    labels: [],
    says: 'age of the oldest intent that is neither applied nor at another end; 0 without one',
  },
  intents_total: { type: 'counter', labels: ['state'], says: 'intents accepted, and finished in each way, since the start' },
  writes_total: { type: 'counter', labels: ['outcome'], says: 'write requests that were applied, met a conflict, or failed' },
  write_attempts: { type: 'histogram', labels: [], says: 'requests that an applied intent took', buckets: [1, 2, 3, 4, 5, 8, 13, 21] },
  intent_to_applied_seconds: { type: 'histogram', labels: [], says: 'from acceptance to the platform’s 200', buckets: seconds },
  budget_remaining: { type: 'gauge', labels: [], says: 'calls left in this minute' },
  budget_waiting: { type: 'gauge', labels: [], says: 'requests that wait for the budget' },
  breaker_open: { type: 'gauge', labels: [], says: '1 while a host of the platform counts as out of reach' },
  channel_connected: { type: 'gauge', labels: [], says: '1 if every channel that is needed is connected and subscribed' },
  channels: { type: 'gauge', labels: ['state'], says: 'channels that are needed, and open' },
  channel_last_event_seconds: { type: 'gauge', labels: [], says: 'since the last event of the channel that has been quiet longest' },
  channel_rotations_total: {
    type: 'counter',
    labels: ['reason'],
    says: 'channels that took the place of others: expiry, closing (announced), stalled, reload',
  },
  channel_last_frame_seconds: {
    type: 'gauge',
    labels: [],
    says: 'since the last frame of the channel that has been silent longest; absent without a connection',
  },
  topics: { type: 'gauge', labels: ['state'], says: 'topics that are desired, permitted, rejected' },
  lookup_seconds: { type: 'histogram', labels: ['lookup'], says: 'how long a lookup’s request took, answered or not', buckets: seconds },
  cluster_reachable: {
    type: 'gauge',
    labels: [],
    says: '`cluster`: 1 while NATS can be reached; a lone daemon has none of the `cluster_…`',
  },
  cluster_members: { type: 'gauge', labels: [], says: 'members of the fleet' },
  cluster_partitions: { type: 'gauge', labels: ['state'], says: 'partitions of all instances, of this one, and of nobody just now' },
  cluster_budget_share: { type: 'gauge', labels: [], says: 'this instance’s share of the budget of its token' },
  cluster_events_total: {
    type: 'counter',
    labels: ['outcome'],
    says: 'events that were handled here, forwarded to another instance, and missed, as NATS did not take them',
  },
  outbox_bytes: { type: 'gauge', labels: [], says: 'bytes of intents in the outbox' },
  outbox_max_bytes: { type: 'gauge', labels: [], says: 'what it may hold: `outbox.maxBytes`' },
  outbox_accepting: { type: 'gauge', labels: [], says: '0 while the outbox is full or cannot be written' },
  log_dropped_total: {
    type: 'counter',
    labels: [],
    says: 'lines of the log that were dropped: nobody read them, or the disk did not take them',
  },
  event_loop_lag_seconds: { type: 'gauge', labels: [], says: 'how late the event loop was at the last measurement' },
} as const satisfies Record<string, MetricKind>;

export type MetricName = keyof typeof metricList;
