import { waitingSince, type IntentState, type Wish } from '../intent/intent.js';

/** One key's value on its way. */
interface Entry {
  value: string;
  wish: Wish;
}

/** What one request carries: participant → key → entry. */
export type Batch = ReadonlyMap<string, ReadonlyMap<string, Entry>>;

/** How a key's value came to its end. */
export type KeyEnd = 'applied' | 'satisfied' | 'superseded';

export interface FinishedWish {
  wish: Wish;
  state: Extract<IntentState, KeyEnd>;
}

/** The more that was done for any key of an intent, the more counts for the intent as a whole. */
const weight: Record<KeyEnd, number> = { superseded: 0, satisfied: 1, applied: 2 };

interface Progress {
  wish: Wish;
  open: number;
  end: KeyEnd;
}

/**
 * The wishes that one write pipeline has to bring home, merged: of two values for a key the one accepted later stands.
 * What is in flight stays here until it is known to be applied, so that a refused request loses nothing.
 */
export class Pending {
  readonly #participants = new Map<string, Map<string, Entry>>();
  readonly #progress = new Map<string, Progress>();

  get size(): number {
    return this.#progress.size;
  }

  /**
   * What it is worth to finish its wishes now, those that are late not counted: in the mean 1 each, but up to 3 for those that
   * are about to be late, as the fresh ones go in time with a later write as well.
   * @param now wall clock, ms
   * @param due how old a wish may be, in ms
   */
  worth(now: number, due: number): number {
    let sum = 0;
    for (const { wish } of this.#progress.values()) {
      const age = Math.max(0, now - waitingSince(wish)) / due;
      if (age <= 1) sum += 3 * age ** 2;
    }
    return sum;
  }

  /** Unfinished wishes, in order of acceptance. */
  wishes(): Wish[] {
    return [...this.#progress.values()].map(({ wish }) => wish).sort((a, b) => a.sequence - b.sequence);
  }

  /**
   * Merges a wish in; returns the wishes that have no key left because of it, itself among them if it came too late.
   * @param isLate whether a newer wish for a key came home already
   */
  add(wish: Wish, participantId: string, isLate: (key: string) => boolean = () => false): FinishedWish[] {
    const entries = this.#participants.get(participantId) ?? new Map<string, Entry>();
    this.#participants.set(participantId, entries);
    // an intent may come again for another key while it is still here: what it wrote was overwritten
    const before = this.#progress.get(wish.id);
    const open = (before?.open ?? 0) + Object.keys(wish.attributes).length;
    this.#progress.set(wish.id, { wish, open, end: before?.end ?? 'superseded' });
    const finished: FinishedWish[] = [];
    for (const [key, value] of Object.entries(wish.attributes)) {
      const before = entries.get(key);
      if (isLate(key) || (before !== undefined && before.wish.sequence > wish.sequence)) {
        finished.push(...this.#close(wish, 'superseded'));
        continue;
      }
      entries.set(key, { value, wish });
      if (before !== undefined) finished.push(...this.#close(before.wish, 'superseded'));
    }
    return finished;
  }

  /** All that waits, as one request would carry it now; or of one wish only what still waits. */
  batch(only?: Wish): Batch {
    const chosen = ([, { wish }]: [string, Entry]): boolean => only === undefined || wish.id === only.id;
    const participants = [...this.#participants].map(([id, entries]) => [id, new Map([...entries].filter(chosen))] as const);
    return new Map(participants.filter(([, entries]) => entries.size > 0));
  }

  /** The keys whose value already stands. */
  standing(stands: (participantId: string, key: string) => string | undefined): Batch {
    const participants = [...this.batch()].map(
      ([id, entries]) => [id, new Map([...entries].filter(([key, { value }]) => stands(id, key) === value))] as const,
    );
    return new Map(participants.filter(([, entries]) => entries.size > 0));
  }

  /** What still waits of a batch: not what a newer wish has replaced meanwhile. */
  #still(batch: Batch): Batch {
    const participants = [...batch].map(
      ([id, entries]) => [id, new Map([...entries].filter(([key, entry]) => this.#participants.get(id)?.get(key) === entry))] as const,
    );
    return new Map(participants.filter(([, entries]) => entries.size > 0));
  }

  /** What a batch brings home: what still waits of it, and what a newer wish that wants the same value has taken over meanwhile. */
  carried(batch: Batch): Batch {
    const participants = [...batch].map(([id, entries]) => {
      const waiting = [...(this.#participants.get(id) ?? [])].filter(([key, { value }]) => entries.get(key)?.value === value);
      return [id, new Map(waiting)] as const;
    });
    return new Map(participants.filter(([, entries]) => entries.size > 0));
  }

  /** Ends the entries of a batch that still wait. */
  end(batch: Batch, how: KeyEnd): FinishedWish[] {
    const finished: FinishedWish[] = [];
    for (const [participantId, entries] of this.#still(batch)) {
      for (const [key, { wish }] of entries) {
        this.#participants.get(participantId)?.delete(key);
        finished.push(...this.#close(wish, how));
      }
    }
    return finished;
  }

  /** Takes whole wishes out: they are given up. */
  drop(wishes: readonly Wish[]): void {
    const ids = new Set(wishes.map(({ id }) => id));
    for (const entries of this.#participants.values()) {
      for (const [key, entry] of entries) if (ids.has(entry.wish.id)) entries.delete(key);
    }
    for (const id of ids) this.#progress.delete(id);
  }

  #close(wish: Wish, how: KeyEnd): FinishedWish[] {
    const progress = this.#progress.get(wish.id);
    if (progress === undefined) return [];
    progress.open -= 1;
    if (weight[how] > weight[progress.end]) progress.end = how;
    if (progress.open > 0) return [];
    this.#progress.delete(wish.id);
    return [{ wish, state: progress.end }];
  }
}

/** Wishes that a batch carries a value of. */
export function wishesOf(batch: Batch): Wish[] {
  return [...new Set([...batch.values()].flatMap((entries) => [...entries.values()].map(({ wish }) => wish)))];
}

/** What a batch sets: participant → attributes. */
export function attributesOf(batch: Batch): Map<string, Record<string, string>> {
  return new Map([...batch].map(([id, entries]) => [id, Object.fromEntries([...entries].map(([key, { value }]) => [key, value]))]));
}

/** The part of a batch that is of certain wishes. */
export function onlyOf(batch: Batch, chosen: (wish: Wish) => boolean): Batch {
  const participants = [...batch].map(([id, entries]) => [id, new Map([...entries].filter(([, { wish }]) => chosen(wish)))] as const);
  return new Map(participants.filter(([, entries]) => entries.size > 0));
}
