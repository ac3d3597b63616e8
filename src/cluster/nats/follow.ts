import { AckPolicy, DeliverPolicy, type Consumer, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Subscription } from 'rxjs';
import type { Deadlines } from '../../base/deadlines.js';
import { Fenced, type Stop } from '../coordinator.js';
import { failure, type NatsLink } from './link.js';

/** The server forgets a consumer that nobody asks anything of for so long, in ms: longer than any pull lasts. */
const forgottenAfter = 60_000;

/** A pull lasts so long, in ms, and half of that without a sign of the server shows that it is lost. */
const pullFor = 10_000;

/** Messages of one pull: enough that a busy subject needs few. */
const pullMessages = 500;

/**
 * How often it is looked whether all that stood there has been told, in ms. The count that comes with each message stays above 0
 * in nats-server 2.9 where one of those that stood was replaced meanwhile (seen in 40 of 300 tries); the consumer's own does not.
 */
const lookEvery = 50;

/** A consumer that could not be made anew is tried again after so long, in ms. */
const againAfter = 500;

/** Made anew: the first time, or after a loss. */
interface Made {
  consumer: Consumer;
  /** Messages that stand there. */
  pending: number;
}

export interface FollowOptions {
  link: NatsLink;
  deadlines: Deadlines;
  make: () => Promise<Made>;
  onMessage: (message: JsMsg) => void;
  /** All that stood there at the first start was told. */
  onPresent: () => void;
  /** Somebody who deletes the consumer takes its place: it is not made anew then. */
  yields?: boolean;
}

/**
 * Follows a consumer through losses of the connection, restarts of servers and consumers that are gone: it is made anew then, and
 * tells again what it tells at a start; but for one whose place somebody has taken. Resolves when the first one is made; rejects
 * if that fails.
 */
export async function follow({ link, deadlines, make, onMessage, onPresent, yields = false }: FollowOptions): Promise<Stop> {
  let generation = 0;
  let messages: ConsumerMessages | undefined;
  let present = false;
  let stopped = false;
  let received = 0;
  const tellPresent = (): void => {
    if (present) return;
    present = true;
    onPresent();
  };
  const begin = async (): Promise<void> => {
    generation += 1;
    const own = generation;
    const old = messages;
    messages = undefined;
    old?.stop();
    const { consumer, pending } = await make();
    if (own !== generation) return;
    received = 0;
    const next = await consumer.consume({
      max_messages: pullMessages,
      expires: pullFor,
      callback: (message) => {
        if (own !== generation) return;
        received += 1;
        onMessage(message);
        if (message.info.pending === 0) tellPresent();
      },
    });
    if (own !== generation) {
      next.stop();
      return;
    }
    messages = next;
    if (pending === 0) tellPresent();
    void watch(next, own);
    look(consumer, own);
  };
  const look = (consumer: Consumer, own: number): void => {
    if (present || stopped || own !== generation) return;
    deadlines.after(lookEvery, () => {
      void consumer
        .info()
        .then(({ num_pending: pending, delivered }) => {
          if (own === generation && pending === 0 && delivered.consumer_seq <= received) tellPresent();
        })
        // it is made anew if it is gone
        .catch(() => undefined)
        .then(() => {
          look(consumer, own);
        });
    });
  };
  const watch = async (watched: ConsumerMessages, own: number): Promise<void> => {
    for await (const { type } of watched.status()) {
      if (type === 'consumer_deleted' && yields && own === generation) stopped = true;
      const lost =
        type === 'consumer_deleted' || type === 'consumer_not_found' || type === 'stream_not_found' || type === 'heartbeats_missed';
      if (lost && own === generation && !stopped) again();
    }
  };
  const again = (): void => {
    if (stopped) return;
    void begin().catch((error: unknown) => {
      if (error instanceof Fenced) stopped = true;
      if (!stopped) deadlines.after(againAfter, again);
    });
  };
  const subscription: Subscription = link.reconnected.subscribe(again);
  try {
    await begin();
  } catch (error) {
    subscription.unsubscribe();
    throw failure('NATS gave no consumer', error);
  }
  return async () => {
    stopped = true;
    subscription.unsubscribe();
    generation += 1;
    const last = messages;
    messages = undefined;
    await last?.close();
  };
}

/** A consumer that lives as long as it is followed: the newest message of each subject, then each that comes, without acknowledging. */
export async function newestOf(link: NatsLink, stream: string, filter: string): Promise<Made> {
  const info = await link.jsm.consumers.add(stream, {
    filter_subject: filter,
    deliver_policy: DeliverPolicy.LastPerSubject,
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(forgottenAfter),
    mem_storage: true,
    num_replicas: 1,
  });
  return { consumer: await link.js.consumers.get(stream, info.name), pending: info.num_pending };
}

/** Acknowledges a message; one that cannot be, as the connection is closed, comes again. */
export function acknowledged(message: JsMsg): Promise<void> {
  try {
    message.ack();
  } catch {
    // it is told by who watches the connection
  }
  return Promise.resolve();
}
