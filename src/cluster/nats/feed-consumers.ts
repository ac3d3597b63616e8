import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Deadlines } from '../../base/deadlines.js';
import { CoordinatorFailed, type Feeds, type Stop } from '../coordinator.js';
import { acknowledged, follow } from './follow.js';
import { isMissing, token, type NatsLink } from './link.js';

/** A message that is not done comes again after so long, in ms: handing an event on takes milliseconds. */
const againAfter = 30_000;

/** Streams of others: one durable consumer for all instances of the fleet. */
export class FeedConsumers implements Feeds {
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #prefix: string;

  constructor(link: NatsLink, deadlines: Deadlines, prefix: string) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#prefix = prefix;
  }

  async consume(
    { stream, subject }: { stream: string; subject: string },
    onMessage: (text: string, done: () => Promise<void>) => void,
  ): Promise<Stop> {
    const { jsm, js } = this.#link;
    const durable = `${this.#prefix}-${token(subject)}`;
    try {
      await jsm.streams.info(stream);
    } catch (error) {
      if (isMissing(error)) throw new CoordinatorFailed(`there is no stream ${stream}: make it, or mend cluster.feeds`, { cause: error });
      throw error;
    }
    return follow({
      link: this.#link,
      deadlines: this.#deadlines,
      make: async () => {
        await jsm.consumers.add(stream, {
          durable_name: durable,
          filter_subject: subject,
          deliver_policy: DeliverPolicy.All,
          ack_policy: AckPolicy.Explicit,
          ack_wait: nanos(againAfter),
          max_deliver: -1,
        });
        return js.consumers.get(stream, durable);
      },
      onMessage: (message) => {
        onMessage(message.string(), () => acknowledged(message));
      },
    });
  }
}
