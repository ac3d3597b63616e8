import TinyQueue from 'tinyqueue';

/** What waits in a slot, in one at most; only `Slots` writes these. */
export interface Waiting<T> {
  slot: Slot<T> | undefined;
  before: T | undefined;
  behind: T | undefined;
}

/** All that wait for one time, in the order in which they came: a list, so that each leaves it at no cost. */
export interface Slot<T> {
  readonly time: number;
  first: T | undefined;
  last: T | undefined;
}

/** Times that nobody waits for any more are forgotten when there are more than so many of them, and more than of the others. */
const mostEmpty = 64;

const sooner = (a: number, b: number): number => a - b;

/** What waits for times, which are whole numbers: a binary heap of the times, and a slot for each. */
export class Slots<T extends Waiting<T>> {
  readonly #slots = new Map<number, Slot<T>>();
  #times = new TinyQueue<number>([], sooner);

  /** The earliest slot; somebody waits in it. */
  first(): Slot<T> | undefined {
    for (let time = this.#times.peek(); time !== undefined; time = this.#times.peek()) {
      const slot = this.#slots.get(time);
      if (slot !== undefined) return slot;
      this.#times.pop();
    }
    return undefined;
  }

  enter(waiting: T, time: number): void {
    const slot = this.#slots.get(time) ?? this.#open(time);
    waiting.slot = slot;
    waiting.before = slot.last;
    if (slot.last === undefined) slot.first = waiting;
    else slot.last.behind = waiting;
    slot.last = waiting;
  }

  leave(waiting: T): void {
    const { slot, before, behind } = waiting;
    if (slot === undefined) return;
    if (before === undefined) slot.first = behind;
    else before.behind = behind;
    if (behind === undefined) slot.last = before;
    else behind.before = before;
    waiting.slot = waiting.before = waiting.behind = undefined;
    if (slot.first === undefined) this.#slots.delete(slot.time);
  }

  clear(): void {
    for (const slot of this.#slots.values()) while (slot.first !== undefined) this.leave(slot.first);
    this.#times = new TinyQueue<number>([], sooner);
  }

  #open(time: number): Slot<T> {
    const slot: Slot<T> = { time, first: undefined, last: undefined };
    this.#slots.set(time, slot);
    this.#times.push(time);
    if (this.#times.length > 2 * this.#slots.size + mostEmpty) this.#times = new TinyQueue([...this.#slots.keys()], sooner);
    return slot;
  }
}
