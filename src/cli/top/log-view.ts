import type { Clock } from '../../base/clock.js';
import { Recent } from '../../observe/recent.js';
import { counted } from '../page.js';
import { wishes } from '../status-words.js';
import { entryOf, numberOf, listOf, textOf, type Entry } from '../tail/entry.js';
import { Stories } from '../tail/stories.js';
import { toApplied } from './status-view.js';
import type { Row, View } from './view.js';

/** Calls, wishes, channels and lookups that are remembered: those that were heard of longest ago are forgotten first. */
const mostRemembered = 100_000;

/** How long something that went wrong is shown, in ms. */
const shownFor = 60_000;

/** How many lookups that fail are shown, the most frequent first. */
const mostLookups = 5;

/**
 * The figures as far as the log tells them: what happened since its first line, not what was before. Events of the platform, the
 * size of the outbox and how long lookups take stand in no line.
 */
export class LogView {
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  readonly #name: string;
  readonly #stories = new Stories();
  readonly #took: Recent;
  readonly #calls = new Map<string, true>();
  /** By id: since when it waits, wall time in ms. */
  readonly #pending = new Map<string, number>();
  readonly #applied = new Map<string, true>();
  readonly #dead = new Map<string, true>();
  readonly #channels = new Map<string, string>();
  readonly #lookups = new Map<string, number>();
  readonly #totals = { writes: 0, conflicts: 0, failed: 0 };
  #version = '';
  #ready: boolean | undefined;
  #trouble: { text: string; until: number } | undefined;

  /** @param name where the log comes from */
  constructor({ clock, name }: { clock: Pick<Clock, 'now' | 'wall'>; name: string }) {
    this.#clock = clock;
    this.#name = name;
    this.#took = new Recent({ clock });
  }

  take(line: string): void {
    const entry = entryOf(line);
    if (entry === undefined) return;
    for (const ms of this.#stories.take(entry)?.tookMs ?? []) this.#took.add(ms);
    this.#daemon(entry);
    this.#call(entry);
    this.#wish(entry);
    this.#write(entry);
    if (entry.level === 'error' || entry.level === 'warn') {
      this.#trouble = { text: `${entry.event}: ${entry.message}`, until: Date.parse(entry.timestamp) + shownFor };
    }
  }

  get view(): View {
    const wall = this.#clock.wall();
    const [oldest] = this.#pending.values();
    const { count = 0, p50 = 0, p95 = 0 } = this.#took.values ?? {};
    const figures = {
      pending: this.#pending.size,
      ...(oldest === undefined ? {} : { oldestMs: Math.max(0, wall - oldest) }),
      unconfirmed: this.#applied.size,
      deadLetters: this.#dead.size,
    };
    return {
      title: `${this.#name}${this.#version === '' ? '' : `, attributed ${this.#version}`}`,
      ready: this.#ready,
      troubles: this.#trouble !== undefined && this.#trouble.until > wall ? [this.#trouble.text] : [],
      totals: this.#totals,
      rows: [
        { name: 'wishes', text: wishes(figures) },
        { name: 'calls', text: `${counted(this.#calls.size, 'call')} that began since the first line and live` },
        ...toApplied({ wishToApplied: { count, p50Ms: p50, p95Ms: p95 } }),
        ...this.#failingLookups(),
        ...[...this.#channels].map(([channel, state]) => ({ name: 'channel', text: `${channel} ${state}` })),
      ],
    };
  }

  #daemon(entry: Entry): void {
    switch (entry.event) {
      case 'daemon.started':
        for (const memory of [this.#calls, this.#pending, this.#applied, this.#channels]) memory.clear();
        this.#version = textOf(entry, 'version');
        this.#ready = false;
        return;
      case 'daemon.ready':
        this.#ready = true;
        return;
      case 'daemon.stopping':
      case 'daemon.stopped':
        this.#ready = false;
        return;
      case 'channel.connected':
        remember(this.#channels, textOf(entry, 'channel'), 'open');
        return;
      case 'channel.lost':
        remember(this.#channels, textOf(entry, 'channel'), 'lost');
        return;
      case 'channel.rotated':
      case 'channel.evicted':
        this.#channels.delete(textOf(entry, 'channel'));
        return;
      case 'lookup.failed': {
        const lookup = textOf(entry, 'lookup');
        remember(this.#lookups, lookup, (this.#lookups.get(lookup) ?? 0) + (numberOf(entry, 'repeated') ?? 1));
        return;
      }
    }
  }

  #call(entry: Entry): void {
    const id = textOf(entry, 'conversationId');
    if (entry.event === 'conversation.started') remember(this.#calls, id, true);
    if (entry.event === 'conversation.ended' || entry.event === 'conversation.evicted') this.#calls.delete(id);
  }

  #wish(entry: Entry): void {
    const id = textOf(entry, 'intentId');
    switch (entry.event) {
      case 'intent.accepted':
      case 'intent.reasserted':
      case 'deadletter.retried':
        this.#dead.delete(id);
        this.#applied.delete(id);
        remember(this.#pending, id, Date.parse(entry.timestamp));
        return;
      case 'write.applied':
        for (const merged of listOf(entry, 'intentIds')) {
          this.#pending.delete(merged);
          remember(this.#applied, merged, true);
        }
        return;
      case 'intent.dead':
        this.#finish(id);
        remember(this.#dead, id, true);
        return;
      case 'deadletter.dropped':
        this.#dead.delete(id);
        return;
      case 'intent.confirmed':
      case 'intent.unconfirmed':
      case 'intent.satisfied':
      case 'intent.superseded':
        this.#finish(id);
        return;
    }
  }

  #finish(id: string): void {
    this.#pending.delete(id);
    this.#applied.delete(id);
  }

  #write(entry: Entry): void {
    // warnings that are alike stand in one line
    const times = numberOf(entry, 'repeated') ?? 1;
    if (entry.event === 'write.sent') this.#totals.writes += times;
    if (entry.event === 'write.conflict') this.#totals.conflicts += times;
    if (entry.event === 'write.failed') this.#totals.failed += times;
  }

  #failingLookups(): Row[] {
    return [...this.#lookups]
      .sort(([, one], [, other]) => other - one)
      .slice(0, mostLookups)
      .map(([lookup, times]) => ({ name: 'lookup', text: `${lookup} failed ${counted(times, 'time')}` }));
  }
}

/** Sets a value, as the one heard of last. */
function remember<Value>(memory: Map<string, Value>, id: string, value: Value): void {
  memory.delete(id);
  memory.set(id, value);
  const [oldest] = memory.keys();
  if (memory.size > mostRemembered && oldest !== undefined) memory.delete(oldest);
}
