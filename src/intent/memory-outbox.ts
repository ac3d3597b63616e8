import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import type { Log } from '../observe/log.js';
import { isFinished, type Intent, type IntentRequest, type IntentState } from './intent.js';
import { OutboxFull, type IntentChange, type Outbox } from './outbox.js';

/** Unfinished intents held at most: one for each of the conversations that may be held by default. */
const mostOpen = 100_000;

export interface MemoryOutboxDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  /** How long a finished intent can be asked for, and its firing is remembered, in ms. */
  keepFinished: number;
}

/** An outbox that dies with the process. */
export class MemoryOutbox implements Outbox {
  readonly durable = false;
  readonly #deps: MemoryOutboxDeps;
  readonly #intents = new Map<string, Intent>();
  readonly #firings = new Set<string>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #open = 0;
  #sequence = 0;
  #full = false;

  constructor(deps: MemoryOutboxDeps) {
    this.#deps = deps;
  }

  get writable(): boolean {
    return this.#open < mostOpen;
  }

  accept(request: IntentRequest): Promise<Intent | undefined> {
    if (request.firing !== undefined && this.#firings.has(request.firing)) return Promise.resolve(undefined);
    if (!this.writable) {
      if (!this.#full) this.#deps.log.error('outbox.full', 'the outbox takes no more until something is written', { intents: this.#open });
      this.#full = true;
      return Promise.reject(new OutboxFull());
    }
    this.#full = false;
    this.#sequence += 1;
    const intent: Intent = {
      ...request,
      id: randomUUID(),
      sequence: this.#sequence,
      acceptedAt: this.#deps.clock.wall(),
      state: 'accepted',
      attempts: 0,
    };
    this.#intents.set(intent.id, intent);
    if (request.firing !== undefined) this.#firings.add(request.firing);
    this.#open += 1;
    return Promise.resolve(intent);
  }

  update(id: string, change: IntentChange): void {
    const intent = this.#intents.get(id);
    if (intent === undefined || isFinished(intent.state)) return;
    Object.assign(intent, change);
    if (isFinished(intent.state)) this.#finish(intent);
    for (const watch of this.#watchers.get(id) ?? []) watch();
  }

  get(id: string): Intent | undefined {
    return this.#intents.get(id);
  }

  open(): Intent[] {
    return [...this.#intents.values()].filter(({ state }) => !isFinished(state));
  }

  reached(id: string, states: readonly IntentState[], ms: number): Promise<Intent | undefined> {
    return new Promise((resolve) => {
      const there = (): boolean => {
        const state = this.#intents.get(id)?.state;
        return state === undefined || states.includes(state) || isFinished(state);
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

  #finish({ id, firing }: Intent): void {
    this.#open -= 1;
    this.#deps.deadlines.after(this.#deps.keepFinished, () => {
      this.#intents.delete(id);
      if (firing !== undefined) this.#firings.delete(firing);
    });
  }
}
