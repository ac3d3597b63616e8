import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Deadlines } from '../../base/deadlines.js';
import { CoordinatorFailed } from '../coordinator.js';
import { failure, isMissing, type NatsLink } from './link.js';
import { patiently } from './stored.js';

/** A conversation that nothing was heard of for so long, in ms, is read when it matters; four hours hold almost all live calls. */
const eventsKept = 4 * 3_600_000;

/** Two events of one id within so long, in ms, are one: the channels of a shard that changes hands overlap by some seconds. */
const copiesWithin = 10_000;

/** Two intents of one id within so long, in ms, are one: a publish that had no answer is repeated within seconds. */
const repeatsWithin = 120_000;

/** What JetStream says where a stream of that name is there with another config. */
const nameInUse = 10_058;

/** It is asked for so long whether a stream is there, in ms. */
const askWithin = 10_000;

export interface Making {
  link: NatsLink;
  deadlines: Deadlines;
}

/** Names of the streams of a fleet, and of what they hold. */
export interface StreamNames {
  /** Before each subject under which a stream tells again what it has stored. */
  told: string;
  events: string;
  intents: string;
  records: string;
  subjects: { events: string; intents: string; records: string };
}

export function streamNames(prefix: string): StreamNames {
  return {
    told: `${prefix}.stored`,
    events: `${prefix}-events`,
    intents: `${prefix}-intents`,
    records: `${prefix}-records`,
    subjects: { events: `${prefix}.events`, intents: `${prefix}.intents`, records: `${prefix}.records` },
  };
}

/** Makes what is missing of the streams of a fleet. Those that are there stay as they are. Rejects with `CoordinatorFailed`. */
export async function makeStreams(
  making: Making,
  { told, events, intents, records, subjects }: StreamNames,
  { replicas, maxBytes }: { replicas: number; maxBytes: number },
): Promise<void> {
  const common = { storage: StorageType.File, num_replicas: replicas };
  await make(making, {
    ...common,
    name: events,
    subjects: [`${subjects.events}.*.*`],
    max_msgs_per_subject: 1,
    max_age: nanos(eventsKept),
    duplicate_window: nanos(copiesWithin),
    republish: telling(told),
  });
  await make(making, {
    ...common,
    name: intents,
    subjects: [`${subjects.intents}.*`],
    retention: RetentionPolicy.Workqueue,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    duplicate_window: nanos(repeatsWithin),
    republish: telling(told),
  });
  await make(making, { ...common, name: records, subjects: [`${subjects.records}.*.*`], max_msgs_per_subject: 1 });
  for (const stream of [events, intents]) await mustTell(making, stream, told);
}

/** What makes a stream tell again what it has stored. */
export function telling(told: string): { src: string; dest: string } {
  return { src: '>', dest: `${told}.>` };
}

/**
 * A stream that tells nothing was made by an earlier version, or by somebody else: a server of 2.9 lets nobody change that. Rejects
 * with `CoordinatorFailed`.
 */
export async function mustTell({ link, deadlines }: Making, stream: string, told: string): Promise<void> {
  const there = await patiently({ link, deadlines, stream, within: askWithin }, () => link.quick.streams.info(stream));
  if (there.config.republish?.dest === telling(told).dest) return;
  throw new CoordinatorFailed(
    `the stream ${stream} does not republish to ${telling(told).dest}: name another cluster.name, or delete it while no daemon runs`,
  );
}

async function make({ link, deadlines }: Making, config: Partial<StreamConfig> & { name: string }): Promise<void> {
  if (await isThere({ link, deadlines }, config.name)) return;
  try {
    await link.jsm.streams.add(config);
  } catch (error) {
    // another instance was faster
    if (error instanceof JetStreamApiError && error.code === nameInUse) return;
    throw failure(`the stream ${config.name} could not be made`, error);
  }
}

/** A question about a stream that another instance makes just now is not answered before that has a leader: it is asked again. */
async function isThere({ link, deadlines }: Making, stream: string): Promise<boolean> {
  const ask = (): Promise<boolean> =>
    link.quick.streams.info(stream).then(
      () => true,
      (error: unknown) => {
        if (isMissing(error)) return false;
        throw error;
      },
    );
  return patiently({ link, deadlines, stream, within: askWithin }, ask);
}
