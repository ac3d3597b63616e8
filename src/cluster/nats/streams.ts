import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { failure, isMissing, type NatsLink } from './link.js';

/** A conversation that nothing was heard of for so long, in ms, is read when it matters; four hours hold almost all live calls. */
const eventsKept = 4 * 3_600_000;

/** Two events of one id within so long, in ms, are one: the channels of a shard that changes hands overlap by some seconds. */
const copiesWithin = 10_000;

/** Two intents of one id within so long, in ms, are one: a publish that had no answer is repeated within seconds. */
const repeatsWithin = 120_000;

/** What JetStream says where a stream of that name is there with another config. */
const nameInUse = 10_058;

/** Names of the streams of a fleet, and of what they hold. */
export interface StreamNames {
  events: string;
  intents: string;
  records: string;
  subjects: { events: string; intents: string; records: string };
}

export function streamNames(prefix: string): StreamNames {
  return {
    events: `${prefix}-events`,
    intents: `${prefix}-intents`,
    records: `${prefix}-records`,
    subjects: { events: `${prefix}.events`, intents: `${prefix}.intents`, records: `${prefix}.records` },
  };
}

/** Makes what is missing of the streams of a fleet. Those that are there stay as they are. Rejects with `CoordinatorFailed`. */
export async function makeStreams(
  link: NatsLink,
  { events, intents, records, subjects }: StreamNames,
  { replicas, maxBytes }: { replicas: number; maxBytes: number },
): Promise<void> {
  const common = { storage: StorageType.File, num_replicas: replicas };
  await make(link, {
    ...common,
    name: events,
    subjects: [`${subjects.events}.*.*`],
    max_msgs_per_subject: 1,
    max_age: nanos(eventsKept),
    duplicate_window: nanos(copiesWithin),
  });
  await make(link, {
    ...common,
    name: intents,
    subjects: [`${subjects.intents}.*`],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    duplicate_window: nanos(repeatsWithin),
  });
  await make(link, { ...common, name: records, subjects: [`${subjects.records}.*.*`], max_msgs_per_subject: 1 });
}

async function make({ jsm }: NatsLink, config: Partial<StreamConfig> & { name: string }): Promise<void> {
  try {
    await jsm.streams.info(config.name);
    return;
  } catch (error) {
    if (!isMissing(error)) throw failure(`the stream ${config.name} cannot be looked at`, error);
  }
  try {
    await jsm.streams.add(config);
  } catch (error) {
    // another instance was faster
    if (error instanceof JetStreamApiError && error.code === nameInUse) return;
    throw failure(`the stream ${config.name} could not be made`, error);
  }
}
