import { headers } from '@nats-io/transport-node';
import type { Deadlines } from '../../base/deadlines.js';
import type { EventStream, Stop } from '../coordinator.js';
import { failure, token, type NatsLink } from './link.js';
import { followStored, newest } from './stored.js';
import type { StreamNames } from './streams.js';

/** Carries the fence under which the publisher has handled an event. */
const fenceHeader = 'Attributed-Fence';

/** Events of conversations, a subject for each, of which the stream keeps the newest message. */
export class EventSubjects implements EventStream {
  readonly #link: NatsLink;
  readonly #deadlines: Deadlines;
  readonly #names: StreamNames;

  constructor(link: NatsLink, deadlines: Deadlines, names: StreamNames) {
    this.#link = link;
    this.#deadlines = deadlines;
    this.#names = names;
  }

  async publish({ partition, conversationId, text, id, fence }: Parameters<EventStream['publish']>[0]): Promise<void> {
    const subject = `${this.#names.subjects.events}.${partition}.${token(conversationId)}`;
    try {
      const told = headers();
      if (fence !== undefined) told.set(fenceHeader, String(fence));
      if (fence !== undefined && id === undefined) {
        // whoever takes the call over reads it before he relies on it: an acknowledgement would cost as much as all the rest
        this.#link.nc.publish(subject, text, { headers: told });
        return;
      }
      await this.#link.js.publish(subject, text, {
        timeout: this.#link.timeout,
        ...(id === undefined ? {} : { msgID: id }),
        ...(fence === undefined ? {} : { headers: told }),
      });
    } catch (error) {
      throw failure('the event could not be kept', error);
    }
  }

  async consume(partition: number, onEvent: (text: string, fence: number | undefined) => void, onPresent: () => void): Promise<Stop> {
    const { events: stream, told } = this.#names;
    const [link, deadlines] = [this.#link, this.#deadlines];
    const subjects = `${this.#names.subjects.events}.${partition}.*`;
    const { stop } = await followStored(
      {
        ...{ link, deadlines, stream, told, subjects },
        read: () => newest(link, stream, subjects),
        onMessage: ({ text, headers: sent }) => {
          const fence = sent?.get(fenceHeader);
          onEvent(text, fence === undefined || fence === '' ? undefined : Number(fence));
        },
      },
      onPresent,
    );
    return stop;
  }
}
