import type { Conversation } from '../../conversation/conversation.js';
import type { Participant, Snapshot } from '../../conversation/snapshot.js';
import { keepEvent } from '../../genesys/frame-bytes.js';
import type { NotificationEvent } from '../../genesys/frames.js';
import type { Scope } from './expression.js';

/** One snapshot as rules see it. */
export interface Occasion {
  conversation: Conversation;
  snapshot: Snapshot;
  event: Scope['event'];
}

/** What expressions see on an occasion that is about `participant`. */
export function scopeOf({ snapshot, event }: Omit<Occasion, 'conversation'>, participant: Participant | undefined): Scope {
  return { conversation: snapshot, participant, event };
}

/**
 * An event as expressions see it, at the moment `type`; for a conversation that was read there is only that. Its body is not made
 * before an expression asks for it, which may be when a lookup has answered (see `NotificationEvent.read`).
 */
export function eventAt(type: string, event: NotificationEvent | undefined): object {
  if (event === undefined) return { type };
  const { topicName, timestamp } = event;
  keepEvent(event);
  return {
    type,
    topicName,
    get eventBody() {
      return event.eventBody;
    },
    get metadata() {
      return event.metadata;
    },
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

/** The same for who asks for fields by their names: it costs a fiftieth of the above, which each frame would pay. */
export class GlimpsedEvent {
  readonly type: string;
  readonly #event: NotificationEvent | undefined;

  constructor(type: string, event: NotificationEvent | undefined) {
    this.type = type;
    this.#event = event;
  }

  get topicName(): string | undefined {
    return this.#event?.topicName;
  }

  get eventBody(): NotificationEvent['eventBody'] | undefined {
    return this.#event?.eventBody;
  }

  get metadata(): NotificationEvent['metadata'] | undefined {
    return this.#event?.metadata;
  }

  get timestamp(): number | undefined {
    return this.#event?.timestamp;
  }
}
