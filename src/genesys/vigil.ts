import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import { isAlive } from './channel.js';
import { dueOf, renewed, type ChannelLife } from './channel-life.js';
import type { EventGaps } from './event-gaps.js';
import type { Link } from './link.js';
import type { RestClient } from './rest.js';
import type { Subscriptions } from './subscriptions.js';

/** Why a channel is replaced while its socket still stands. */
export type RotationReason = 'expiry' | 'closing' | 'stalled' | 'reload';

/** What could not be asked is asked again after so long, in ms. */
const askAgainAfter = 30_000;

/** A look at whether events come is due no sooner than this after the last, in ms. */
const leastBetweenLooks = 1_000;

export interface VigilDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  rest: RestClient;
  subscriptions: Subscriptions;
  gaps: EventGaps;
  settings: { silenceTimeout: number; rotateBefore: number };
  /** The channel is to be replaced. */
  onRotate: (reason: RotationReason) => void;
  /** Events were missed. */
  onGap: () => void;
}

/** Watches over a link that is open: when its channel must be renewed or replaced, and whether it is connected but useless. */
export class Vigil {
  readonly #deps: VigilDeps;
  readonly #link: Link;
  #life: ChannelLife;
  readonly #due: Deadline;
  readonly #look: Deadline;
  #over = false;

  constructor(deps: VigilDeps, link: Link, life: ChannelLife) {
    this.#deps = deps;
    this.#link = link;
    this.#life = life;
    this.#due = deps.deadlines.idle(() => void this.#onDue());
    this.#look = deps.deadlines.idle(() => void this.#onLook());
    this.#plan();
    this.#planLook();
  }

  stop(): void {
    this.#over = true;
    this.#due.cancel();
    this.#look.cancel();
  }

  /** Settings have changed. */
  replan(): void {
    if (!this.#over) this.#plan();
  }

  #plan(): void {
    this.#due.moveTo(dueOf(this.#life, this.#deps.settings.rotateBefore).at);
  }

  async #onDue(): Promise<void> {
    const { clock, subscriptions, settings, log, onRotate } = this.#deps;
    const due = dueOf(this.#life, settings.rotateBefore);
    if (due.at > clock.now()) {
      this.#plan();
      return;
    }
    if (due.what === 'rotate') {
      onRotate('expiry');
      return;
    }
    try {
      await subscriptions.replace(this.#link);
      this.#life = renewed(this.#life, clock.now());
      if (!this.#over) this.#plan();
    } catch (error) {
      log.warn('channel.failed', 'the channel could not be renewed: it is tried again', {
        error: messageOf(error),
        retryInMs: askAgainAfter,
      });
      if (!this.#over) this.#due.moveTo(clock.now() + askAgainAfter);
    }
  }

  #planLook(): void {
    const { clock, gaps, settings } = this.#deps;
    const now = clock.now();
    // what is usual changes with each event, so it is looked up now and then
    this.#look.moveTo(Math.max(now + leastBetweenLooks, Math.min(gaps.suspiciousAt, now + settings.silenceTimeout)));
  }

  async #onLook(): Promise<void> {
    const { clock, gaps } = this.#deps;
    if (clock.now() >= gaps.suspiciousAt) await this.#examine();
    if (!this.#over) this.#planLook();
  }

  /** Connected, but no event for longer than usual: asks the platform, and mends what it can. */
  async #examine(): Promise<void> {
    const { clock, log, rest, subscriptions, gaps, onRotate, onGap } = this.#deps;
    const { channel, shown, lastEvent } = this.#link;
    const since = { channel: shown, lastEventMs: Math.round(clock.now() - lastEvent), usualMs: gaps.usual };
    gaps.looked();
    try {
      const alive = await isAlive(rest, channel);
      if (this.#over) return;
      if (alive && !(await subscriptions.verify(this.#link))) {
        log.warn('channel.stalled', 'connected, but topics were missing: they are subscribed to again', {
          ...since,
          found: 'topics missing',
        });
        onGap();
        return;
      }
      const [found, says] = alive
        ? ['nothing wrong', 'connected, but no event comes: a new channel is made in case it is useless']
        : ['gone', 'connected, but the platform has no such channel any more: a new one is made'];
      log.warn('channel.stalled', says, { ...since, found });
      onRotate('stalled');
    } catch (error) {
      log.warn('channel.stalled', 'connected, but no event comes, and the platform cannot be asked why', {
        ...since,
        found: messageOf(error),
      });
    }
  }
}
