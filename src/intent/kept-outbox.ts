import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import { isEnd, isFinished, type Intent, type IntentRequest, type IntentState } from './intent.js';
import { OutboxFull, type IntentChange, type Outbox } from './outbox.js';
import type { IntentStore } from './store/store.js';

/** Unfinished intents held at most, unless told otherwise: one for each of the conversations that may be held by default. */
const mostOpenByDefault = 100_000;

/** States that are worth a write: after a restart an open intent is evaluated again, however far it had come. */
const passing: ReadonlySet<IntentState> = new Set(['waiting', 'sent']);

export interface KeptOutboxSettings {
  /** How long a finished intent can be asked for, and its firing is remembered, in ms. */
  keepFinished: number;
  /** How long a dead one is, in ms. */
  keepDead: number;
}

export interface KeptOutboxDeps extends KeptOutboxSettings {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  store: IntentStore;
  /** Bytes of intents that are kept at most. Finished ones make room for new ones. */
  maxBytes: number;
  /** Unfinished intents held at most. */
  mostOpen?: number;
}

/** The outbox on top of a store: all intents in memory, and what matters of them in the store before anybody is told. */
export class KeptOutbox implements Outbox {
  /** How often an intent came to each state, since the start. */
  readonly counts: Record<IntentState, number> = {
    accepted: 0,
    waiting: 0,
    sent: 0,
    applied: 0,
    confirmed: 0,
    satisfied: 0,
    superseded: 0,
    dead: 0,
  };
  /** Bytes of what is kept, as it is written. */
  bytes = 0;
  readonly #deps: KeptOutboxDeps;
  readonly #intents = new Map<string, Intent>();
  readonly #byConversation = new Map<string, Set<Intent>>();
  readonly #firings = new Set<string>();
  /** Dead letters that are being put on disk as accepted anew. */
  readonly #retrying = new Set<string>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #open = 0;
  #sequence = 0;
  #told = false;
  /** The last write failed: no intent is accepted until one succeeds. */
  #failure: string | undefined;

  /** Reads back what the store keeps. */
  constructor(deps: KeptOutboxDeps) {
    this.#deps = { ...deps };
    for (const intent of deps.store.all()) {
      this.#remember(intent);
      this.#sequence = Math.max(this.#sequence, intent.sequence);
      if (isFinished(intent)) this.#forgetLater(intent);
    }
  }

  /**
   * Takes in what was kept elsewhere until now, such as by another instance of a fleet.
   * @returns those that are not finished and were not known here, in order of acceptance
   */
  adopt(intents: readonly Intent[]): Intent[] {
    const taken: Intent[] = [];
    for (const intent of [...intents].sort(bySequence)) {
      if (this.#intents.has(intent.id) || (intent.firing !== undefined && this.#firings.has(intent.firing))) continue;
      this.#remember(intent);
      this.#sequence = Math.max(this.#sequence, intent.sequence);
      if (isFinished(intent)) this.#forgetLater(intent);
      else taken.push(intent);
    }
    return taken;
  }

  /** Another instance keeps these conversations' intents from now on: they are forgotten here, and stay in the store. */
  release(isGone: (conversationId: string) => boolean): void {
    for (const intent of [...this.#intents.values()]) {
      if (!isGone(intent.conversationId)) continue;
      this.#forget(intent);
      this.#tellWatchers(intent.id);
    }
  }

  /** Counts for those that are finished already, too: what is kept for too long by that goes now. */
  configure({ keepFinished, keepDead }: KeptOutboxSettings): void {
    if (keepFinished === this.#deps.keepFinished && keepDead === this.#deps.keepDead) return;
    Object.assign(this.#deps, { keepFinished, keepDead });
    for (const intent of this.#intents.values()) if (isFinished(intent)) this.#forgetLater(intent);
  }

  /** Intents that are not finished. */
  get pending(): number {
    return this.#open;
  }

  /** Intents that are kept, finished ones among them. */
  get size(): number {
    return this.#intents.size;
  }

  get durable(): boolean {
    return this.#deps.store.durable;
  }

  get trouble(): string | undefined {
    const { mostOpen = mostOpenByDefault, maxBytes } = this.#deps;
    if (this.#open >= mostOpen || this.bytes >= maxBytes) return 'the outbox is full';
    return this.#failure;
  }

  async accept(request: IntentRequest): Promise<Intent | undefined> {
    if (request.firing !== undefined && this.#firings.has(request.firing)) return undefined;
    if (request.id !== undefined && this.#intents.has(request.id)) return undefined;
    this.#makeRoom();
    const { trouble } = this;
    // a failure is only known to be over when a write succeeds, so it is tried
    if (trouble !== undefined && trouble !== this.#failure) throw this.#refuse(trouble);
    this.#sequence += 1;
    const intent: Intent = {
      ...request,
      id: request.id ?? randomUUID(),
      sequence: this.#sequence,
      acceptedAt: this.#deps.clock.wall(),
      state: 'accepted',
      attempts: 0,
    };
    this.#remember(intent);
    try {
      await this.#add(intent);
    } catch (error) {
      this.#forget(intent);
      throw error;
    }
    this.counts.accepted += 1;
    return intent;
  }

  update(id: string, change: IntentChange): void {
    const intent = this.#intents.get(id);
    if (intent === undefined || isFinished(intent)) return;
    const { finished = false, ...changed } = change;
    this.bytes -= sizeOf(intent);
    Object.assign(intent, changed);
    if (changed.state !== undefined) this.counts[changed.state] += 1;
    if (finished || isEnd(intent.state)) this.#finish(intent);
    this.bytes += sizeOf(intent);
    if (change.attributes !== undefined || !passing.has(intent.state)) this.#keep(intent);
    this.#tellWatchers(id);
  }

  reopen(intent: Intent, change: Pick<Intent, 'reason' | 'reasserted'>): void {
    const kept = this.#intents.get(intent.id);
    if (kept !== undefined) this.#forget(kept);
    const again = kept ?? { ...intent };
    Object.assign(again, change, { state: 'waiting', finishedAt: undefined, reopenedAt: this.#deps.clock.wall() });
    this.counts.waiting += 1;
    this.#remember(again);
    this.#keep(again);
    this.#tellWatchers(again.id);
  }

  /**
   * A dead letter is accepted anew, under its id but as the newest wish for what it sets, and with time to try again.
   * @param attributes what is left of it
   * @returns undefined if it is no dead letter, or is being retried; rejects with `OutboxFull`: then it is one still
   */
  async retry(id: string, attributes: Intent['attributes']): Promise<Intent | undefined> {
    const dead = this.#intents.get(id);
    if (dead?.state !== 'dead' || this.#retrying.has(id)) return undefined;
    const { trouble } = this;
    if (trouble !== undefined && trouble !== this.#failure) throw this.#refuse(trouble);
    this.#sequence += 1;
    const again: Intent = {
      ...dead,
      attributes,
      sequence: this.#sequence,
      acceptedAt: this.#deps.clock.wall(),
      state: 'accepted',
      finishedAt: undefined,
      reopenedAt: undefined,
      reasserted: undefined,
    };
    this.#retrying.add(id);
    try {
      await this.#add(again);
    } finally {
      this.#retrying.delete(id);
    }
    this.#forget(dead);
    this.#remember(again);
    this.counts.accepted += 1;
    return again;
  }

  /** Drops a dead letter; false if there is none of that id, or it is being retried. */
  discard(id: string): boolean {
    const dead = this.#intents.get(id);
    if (dead?.state !== 'dead' || this.#retrying.has(id)) return false;
    this.#drop(dead);
    return true;
  }

  get(id: string): Intent | undefined {
    return this.#intents.get(id);
  }

  of(conversationId: string): Intent[] {
    return [...(this.#byConversation.get(conversationId) ?? [])].sort(bySequence);
  }

  open(): Intent[] {
    return [...this.#intents.values()].filter((intent) => !isFinished(intent)).sort(bySequence);
  }

  /** Dead letters, in order of acceptance. */
  dead(): Intent[] {
    return [...this.#intents.values()].filter(({ state }) => state === 'dead').sort(bySequence);
  }

  reached(id: string, states: readonly IntentState[], ms: number): Promise<Intent | undefined> {
    return new Promise((resolve) => {
      const there = (): boolean => {
        const intent = this.#intents.get(id);
        return intent === undefined || states.includes(intent.state) || isFinished(intent);
      };
      const watchers = this.#watchers.get(id) ?? new Set();
      const finish = (): void => {
        deadline.cancel();
        watchers.delete(watch);
        if (watchers.size === 0) this.#watchers.delete(id);
        resolve(this.#intents.get(id));
      };
      const watch = (): void => {
        if (there()) finish();
      };
      const deadline = this.#deps.deadlines.after(ms, finish);
      this.#watchers.set(id, watchers.add(watch));
      watch();
    });
  }

  #tellWatchers(id: string): void {
    for (const watch of this.#watchers.get(id) ?? []) watch();
  }

  /** Resolves once the intent is kept, and has its place in the order; rejects with `OutboxFull` if it cannot be. */
  async #add(intent: Intent): Promise<void> {
    try {
      const sequence = await this.#deps.store.add(intent);
      Object.assign(intent, { sequence });
      this.#sequence = Math.max(this.#sequence, sequence);
    } catch (error) {
      this.#failure = messageOf(error);
      throw this.#refuse(this.#failure, error);
    }
    this.#failure = undefined;
    this.#told = false;
  }

  #remember(intent: Intent): void {
    this.#intents.set(intent.id, intent);
    const siblings = this.#byConversation.get(intent.conversationId) ?? new Set();
    this.#byConversation.set(intent.conversationId, siblings.add(intent));
    if (intent.firing !== undefined) this.#firings.add(intent.firing);
    if (!isFinished(intent)) this.#open += 1;
    this.bytes += sizeOf(intent);
  }

  #forget(intent: Intent): void {
    this.#intents.delete(intent.id);
    const siblings = this.#byConversation.get(intent.conversationId);
    siblings?.delete(intent);
    if (siblings?.size === 0) this.#byConversation.delete(intent.conversationId);
    if (intent.firing !== undefined) this.#firings.delete(intent.firing);
    if (!isFinished(intent)) this.#open -= 1;
    this.bytes -= sizeOf(intent);
  }

  /** Finished intents, the oldest first, make room for new ones before their time; dead letters do not. */
  #makeRoom(): void {
    if (this.bytes < this.#deps.maxBytes) return;
    for (const intent of this.#intents.values()) {
      if (!isFinished(intent) || intent.state === 'dead') continue;
      this.#drop(intent);
      if (this.bytes < this.#deps.maxBytes) return;
    }
  }

  #refuse(trouble: string, cause?: unknown): OutboxFull {
    if (!this.#told)
      this.#deps.log.error('outbox.full', `${trouble}: nothing is accepted until that is over`, { intents: this.#open, bytes: this.bytes });
    this.#told = true;
    return new OutboxFull(trouble, { cause });
  }

  #finish(intent: Intent): void {
    this.#open -= 1;
    intent.finishedAt = this.#deps.clock.wall();
    this.#told = false;
    this.#forgetLater(intent);
  }

  #forgetLater(intent: Intent): void {
    const { deadlines, clock } = this.#deps;
    const { id } = intent;
    deadlines.after(this.#keptUntil(intent) - clock.wall(), () => {
      // the deadline must not keep it alive: it may have made room before its time, or be open again
      const kept = this.#intents.get(id);
      if (kept?.finishedAt === undefined) return;
      if (this.#hasOlderDeadLetter(kept)) this.#forgetLater({ ...kept, finishedAt: clock.wall() });
      else if (this.#keptUntil(kept) <= clock.wall()) this.#drop(kept);
    });
  }

  /** Wall time, ms since the epoch. */
  #keptUntil({ finishedAt = 0, state }: Intent): number {
    const { keepFinished, keepDead } = this.#deps;
    return finishedAt + (state === 'dead' ? keepDead : keepFinished);
  }

  /** Then it tells, when that one is retried, which keys have a newer value. */
  #hasOlderDeadLetter(intent: Intent): boolean {
    return (
      intent.state !== 'dead' &&
      this.of(intent.conversationId).some(({ state, sequence }) => state === 'dead' && sequence < intent.sequence)
    );
  }

  #drop(intent: Intent): void {
    this.#forget(intent);
    this.#deps.store.delete(intent.id).catch((error: unknown) => {
      this.#failed(error);
    });
  }

  #keep(intent: Intent): void {
    this.#deps.store.put(intent).then(
      () => {
        this.#failure = undefined;
      },
      (error: unknown) => {
        this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    if (this.#failure === undefined)
      this.#deps.log.error('outbox.failed', 'the outbox could not be written: it is not ready until it can', { error: messageOf(error) });
    this.#failure = messageOf(error);
  }
}

function bySequence(a: Intent, b: Intent): number {
  return a.sequence - b.sequence;
}

function sizeOf(intent: Intent): number {
  return Buffer.byteLength(JSON.stringify(intent));
}
