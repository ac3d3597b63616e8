import { fullJitter } from '../base/backoff.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { NotificationEvent } from '../genesys/frames.js';
import type { Log } from '../observe/log.js';
import type { Feeds, Stop } from './coordinator.js';
import { eventOf } from './eventbridge.js';

/** Waits between the tries to consume a feed, in ms: the same as for reconnects (design.md §6). */
const backoff = { base: 500, cap: 30_000 };

export interface FeedDeps {
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  feeds: Feeds;
  /** Takes an event in; rejects where it could not be handed on: then the message comes again. */
  take: (event: NotificationEvent) => Promise<unknown>;
}

/** Events that come by a JetStream subject in EventBridge envelopes, unordered and at least once. */
export class Feed {
  readonly counts = { taken: 0, invalid: 0 };
  readonly #deps: FeedDeps;
  readonly #feed: { stream: string; subject: string };
  readonly #end = new AbortController();
  #stop: Stop | undefined;

  constructor(deps: FeedDeps, feed: { stream: string; subject: string }) {
    this.#deps = deps;
    this.#feed = feed;
  }

  /** Consumes it as soon as that can be done. Never rejects. */
  async start(): Promise<void> {
    const { feeds, deadlines, log, random } = this.#deps;
    for (let failures = 0; !isOver(this.#end.signal); failures += 1) {
      try {
        const stop = await feeds.consume(this.#feed, (text, done) => void this.#take(text, done));
        if (isOver(this.#end.signal)) await stop();
        else this.#stop = stop;
        log.info('feed.consuming', 'events of this subject are taken in', this.#feed);
        return;
      } catch (error) {
        const retryInMs = Math.round(fullJitter(backoff, failures, random));
        log.warn('feed.failed', 'the feed cannot be consumed: it is tried again', { ...this.#feed, error: messageOf(error), retryInMs });
        await deadlines.pause(retryInMs, this.#end.signal);
      }
    }
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#stop?.().catch(() => undefined);
  }

  /** Never rejects: a message that could not be called done comes again. */
  async #take(text: string, done: () => Promise<void>): Promise<void> {
    const { log, take } = this.#deps;
    let event: NotificationEvent;
    try {
      event = eventOf(text);
    } catch (error) {
      this.counts.invalid += 1;
      log.warn('frame.invalid', 'a message of a feed was not understood and is left out', { error: messageOf(error), bytes: text.length });
      await done().catch(() => undefined);
      return;
    }
    try {
      await take(event);
      this.counts.taken += 1;
      await done();
    } catch {
      // it is told by who could not hand it on, and comes again
    }
  }
}

function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}
