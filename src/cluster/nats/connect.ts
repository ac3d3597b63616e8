import { connect, credsAuthenticator } from '@nats-io/transport-node';
import type { Clock } from '../../base/clock.js';
import { Deadlines } from '../../base/deadlines.js';
import type { Coordinator } from '../coordinator.js';
import { AskSubjects } from './ask-subjects.js';
import { EventSubjects } from './event-subjects.js';
import { FeedConsumers } from './feed-consumers.js';
import { IntentQueue } from './intent-queue.js';
import { LeaseBucket } from './lease-bucket.js';
import { watchLeaders } from './leaders.js';
import { failure, NatsLink } from './link.js';
import { ShareBucket } from './share-bucket.js';
import { makeStreams, streamNames } from './streams.js';

/** The first connection takes so long at most, in ms. */
const connectWithin = 5_000;

/** Between the tries to connect again, in ms: short, as a lease is soon over; the library adds a jitter of its own. */
const reconnectEvery = 250;

/** The share of a lease's time to live after which the connection is probed. */
const pingShare = 1 / 3;

export interface NatsOptions {
  servers: readonly string[];
  /** Content of a `.creds` file. */
  credentials?: string | undefined;
  /** Contents in PEM; undefined: without TLS, unless a server's URL says `tls://`. */
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined } | undefined;
  /** Of the connection, as the server lists it. */
  name: string;
  /** Names of streams, buckets and subjects begin with it. */
  prefix: string;
  /** Milliseconds. */
  leaseTtl: number;
  /** Servers that keep each stream. */
  replicas: number;
  /** Bytes of intents that are kept at most: one that does not fit is refused. */
  maxBytes: number;
  clock: Clock;
}

/** What a fleet shares, on NATS JetStream. Makes what is missing of its streams. Rejects with `CoordinatorFailed`. */
export async function connectNats(options: NatsOptions): Promise<Coordinator> {
  const { servers, credentials, tls, name, prefix, leaseTtl, replicas, maxBytes, clock } = options;
  const nc = await connect({
    servers: [...servers],
    name: `attributed ${name}`,
    timeout: connectWithin,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectEvery,
    pingInterval: Math.round(leaseTtl * pingShare),
    ignoreAuthErrorAbort: true,
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
    ...(tls === undefined ? {} : { tls: Object.fromEntries(Object.entries(tls).filter(([, content]) => content !== undefined)) }),
  }).catch((error: unknown) => {
    throw failure(`no NATS server answers at ${servers.join(', ')}: check cluster.nats.servers, and that nats-server runs`, error);
  });
  const deadlines = new Deadlines(clock);
  try {
    const link = await NatsLink.open(nc, { clock, leaseTtl });
    const names = streamNames(prefix);
    await makeStreams({ link, deadlines }, names, { replicas, maxBytes });
    const [leases, shares] = [`${prefix}-leases`, `${prefix}-shares`];
    if (replicas > 1) watchLeaders(link, deadlines, [names.events, names.intents, `KV_${leases}`, `KV_${shares}`]);
    return {
      leases: await LeaseBucket.open(link, deadlines, { bucket: leases, told: names.told, ttl: leaseTtl, replicas }),
      shares: await ShareBucket.open(link, deadlines, { bucket: shares, told: names.told, replicas }),
      events: new EventSubjects(link, deadlines, names),
      intents: new IntentQueue(link, deadlines, names),
      asks: new AskSubjects(link, prefix),
      feeds: new FeedConsumers(link, deadlines, prefix),
      reachable: link.reachable.asObservable(),
      close: async () => {
        await nc.close();
        deadlines.clear();
      },
    };
  } catch (error) {
    await nc.close();
    throw error;
  }
}
