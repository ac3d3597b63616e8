import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Deadlines } from '../../base/deadlines.js';
import type { Stop } from '../coordinator.js';
import { failure, type NatsLink } from './link.js';

/** A pull lasts so long, in ms, and half of that without a sign of the server shows that it is lost. */
const pullFor = 10_000;

/** Messages of one pull: enough that a busy subject needs few. */
const pullMessages = 500;

/** A consumer that could not be made anew is tried again after so long, in ms. */
const againAfter = 500;

export interface FollowOptions {
  link: NatsLink;
  deadlines: Deadlines;
  make: () => Promise<Consumer>;
  onMessage: (message: JsMsg) => void;
}

/**
 * Follows a consumer through losses of the connection, restarts of servers and consumers that are gone: it is made anew then.
 * Resolves when the first one is made; rejects if that fails.
 */
export async function follow({ link, deadlines, make, onMessage }: FollowOptions): Promise<Stop> {
  let generation = 0;
  let messages: ConsumerMessages | undefined;
  let stopped = false;
  const begin = async (): Promise<void> => {
    generation += 1;
    const own = generation;
    const old = messages;
    messages = undefined;
    old?.stop();
    const consumer = await make();
    if (own !== generation) return;
    const next = await consumer.consume({
      max_messages: pullMessages,
      expires: pullFor,
      callback: (message) => {
        if (own === generation) onMessage(message);
      },
    });
    if (own !== generation) {
      next.stop();
      return;
    }
    messages = next;
    void watch(next, own);
  };
  const watch = async (watched: ConsumerMessages, own: number): Promise<void> => {
    for await (const { type } of watched.status()) {
      const lost =
        type === 'consumer_deleted' || type === 'consumer_not_found' || type === 'stream_not_found' || type === 'heartbeats_missed';
      if (lost && own === generation && !stopped) again();
    }
  };
  const again = (): void => {
    if (stopped) return;
    void begin().catch(() => {
      if (!stopped) deadlines.after(againAfter, again);
    });
  };
  const subscription = link.doubted.subscribe(again);
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

/** Acknowledges a message; one that cannot be, as the connection is closed, comes again. */
export function acknowledged(message: JsMsg): Promise<void> {
  try {
    message.ack();
  } catch {
    // it is told by who watches the connection
  }
  return Promise.resolve();
}
