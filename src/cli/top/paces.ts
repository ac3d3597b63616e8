/** How many looks are remembered of each: more than a wide window has columns for. */
const mostLooks = 300;

/** How fast a count grows. */
export interface Pace {
  name: string;
  /** Each second, since the look before; undefined at the first. */
  now: number | undefined;
  /** The same at earlier looks, the newest last. */
  past: readonly number[];
}

/** Tells from looks at counts how fast they grow. */
export class Paces {
  #last: { at: number; totals: Readonly<Record<string, number>> } | undefined;
  readonly #past = new Map<string, number[]>();

  /** @param at monotonic time in ms */
  look(at: number, totals: Readonly<Record<string, number>>): void {
    const last = this.#last;
    this.#last = { at, totals };
    for (const [name, total] of Object.entries(totals)) {
      const past = this.#past.get(name) ?? [];
      this.#past.set(name, past);
      const before = last?.totals[name];
      if (last === undefined || before === undefined || at <= last.at) continue;
      // a count that fell is that of a daemon that was started anew
      const grown = total >= before ? total - before : total;
      past.push((grown * 1_000) / (at - last.at));
      if (past.length > mostLooks) past.shift();
    }
  }

  get all(): Pace[] {
    return [...this.#past].map(([name, past]) => ({ name, now: past.at(-1), past }));
  }
}
