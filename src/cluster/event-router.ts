import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { BytesBody } from '../conversation/body-bytes.js';
import type { EventOutcome } from '../conversation/registry.js';
import { eventText } from '../genesys/frame-bytes.js';
import type { NotificationEvent } from '../genesys/frames.js';
import { Overlap } from '../genesys/overlap.js';
import type { EventStream, Stop } from './coordinator.js';

/** What became of an event that came in here: of another instance's conversation it is only handed on. */
export type Routed = EventOutcome | 'forwarded';

export interface EventRouterDeps {
  clock: Clock;
  instance: string;
  stream: EventStream;
  partitionOf: (conversationId: string) => number;
  /** The fence of a partition that this instance owns and has fetched whole; undefined: its events are handed on only. */
  fence: (partition: number) => number | undefined;
  observe: (event: NotificationEvent) => EventOutcome;
  /** An event of another instance's conversation could not be handed on: it missed something. */
  onMissed: () => void;
  /** One was handed on. */
  onKept: () => void;
}

/** An event on the stream. */
const carriedSchema = z.object({
  /** The instance whose channel told it. */
  by: z.string(),
  /** Instances whose channels tell the same events too, while one takes the other's place. */
  others: z.array(z.string()),
  event: z.object({
    topicName: z.string(),
    eventBody: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()),
    timestamp: z.number().optional(),
  }),
});

/** Brings each event to the instance that owns its conversation, and puts it where the next owner finds it. */
export class EventRouter {
  readonly counts = { handled: 0, forwarded: 0, missed: 0 };
  readonly #deps: EventRouterDeps;
  readonly #overlap = new Overlap<string>();

  constructor(deps: EventRouterDeps) {
    this.#deps = deps;
  }

  /**
   * Takes in an event that came to this instance.
   * @param others instances that are told it too, while one channel takes the place of another
   * @returns what became of it, and when it is where the next owner finds it: that never rejects
   */
  route(event: NotificationEvent, others: readonly string[] = []): { outcome: Routed; kept: Promise<boolean> } {
    const { instance, stream, partitionOf, fence } = this.#deps;
    const conversationId = conversationOf(event);
    if (conversationId === undefined) return { outcome: this.#deps.observe(event), kept: Promise.resolve(true) };
    const partition = partitionOf(conversationId);
    const own = fence(partition);
    const text = `{"by":${JSON.stringify(instance)},"others":${JSON.stringify(others)},"event":${eventText(event)}}`;
    const id = others.length === 0 ? undefined : idOf(event);
    const kept = stream.publish({ partition, conversationId, text, id, fence: own }).then(
      () => {
        if (own === undefined) this.#deps.onKept();
        return true;
      },
      () => {
        this.counts.missed += 1;
        if (own === undefined) this.#deps.onMissed();
        return false;
      },
    );
    if (own === undefined) {
      this.counts.forwarded += 1;
      return { outcome: 'forwarded', kept };
    }
    return { outcome: this.#take(event, instance, others), kept };
  }

  /**
   * Follows a partition's events. Those that stand there are taken in together, in one turn, when the last of them is known.
   * Resolves after that; rejects with `CoordinatorFailed`.
   * @param onPresent called in that turn, before any of them is taken in
   */
  async follow(partition: number, fence: number, onPresent: () => void): Promise<Stop> {
    const { promise: present, resolve: tellPresent } = deferred<undefined>();
    let waiting: string[] | undefined = [];
    const take = (text: string): void => {
      const carried = carriedOf(text);
      if (carried !== undefined) this.#take(eventOf(carried.event), carried.by, carried.others);
    };
    const stop = await this.#deps.stream.consume(
      partition,
      (text, handledUnder) => {
        // what this owner's own channels told was taken in when it came
        if (handledUnder === fence) return;
        if (waiting === undefined) take(text);
        else waiting.push(text);
      },
      () => {
        const all = waiting ?? [];
        waiting = undefined;
        onPresent();
        for (const text of all) take(text);
        tellPresent(undefined);
      },
    );
    await present;
    return stop;
  }

  #take(event: NotificationEvent, by: string, others: readonly string[]): EventOutcome {
    if (
      !this.#overlap.isFirst(
        event,
        by,
        others.filter((other) => other !== by),
        this.#deps.clock.now(),
      )
    )
      return 'duplicate';
    this.counts.handled += 1;
    return this.#deps.observe(event);
  }
}

/** The conversation that an event is about; undefined if it is about none. */
function conversationOf(event: NotificationEvent): string | undefined {
  const { topicName, read } = event;
  const isDetail = topicName.startsWith('v2.detail.');
  if (read instanceof BytesBody && !isDetail) return read.id;
  const { conversationId, id, participants } = event.eventBody;
  if (typeof id === 'string' && Array.isArray(participants) && !isDetail) return id;
  if (typeof conversationId === 'string') return conversationId;
  return typeof id === 'string' && topicName.includes('conversation') ? id : undefined;
}

/** The same for an event that two channels tell; events that differ in their `CorrelationId` alone are taken for two here. */
function idOf({ topicName, eventBody, metadata }: NotificationEvent): string {
  return createHash('sha1')
    .update(JSON.stringify([topicName, metadata['CorrelationId'], eventBody]))
    .digest('base64url');
}

function carriedOf(text: string): z.infer<typeof carriedSchema> | undefined {
  try {
    return carriedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function eventOf({ timestamp, ...event }: z.infer<typeof carriedSchema>['event']): NotificationEvent {
  return { ...event, ...(timestamp === undefined ? {} : { timestamp }) };
}
