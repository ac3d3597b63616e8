/** What a wheel turns by: a deadline is late by so much at most, in ms, where the loop is idle. */
const tick = 4;
const spokes = 4_096;

/**
 * The least that deadlines can cost: a hashed wheel over numbered keys, in typed arrays, that moves a key only when its old
 * spoke comes up. A yardstick: it holds no functions, cancels nothing, and never stops turning.
 */
export class Wheel {
  readonly #due: Float64Array;
  readonly #next: Int32Array;
  readonly #head = new Int32Array(spokes).fill(-1);
  readonly #queued: Uint8Array;
  readonly #fire: (key: number) => void;
  #at = Math.floor(performance.now() / tick);

  constructor(keys: number, fire: (key: number) => void) {
    this.#due = new Float64Array(keys);
    this.#next = new Int32Array(keys);
    this.#queued = new Uint8Array(keys);
    this.#fire = fire;
    setInterval(() => {
      this.#turn();
    }, tick);
  }

  arm(key: number, at: number): void {
    this.#due[key] = at;
    if (this.#queued[key] === 0) this.#hang(key, at);
  }

  #hang(key: number, at: number): void {
    // a time farther than the wheel is round hangs on its last spoke, and is looked at again there
    const spoke = Math.min(Math.max(Math.ceil(at / tick), this.#at + 1), this.#at + spokes - 1) % spokes;
    this.#queued[key] = 1;
    this.#next[key] = this.#head[spoke] ?? -1;
    this.#head[spoke] = key;
  }

  #turn(): void {
    const now = performance.now();
    for (const end = Math.floor(now / tick); this.#at < end;) {
      this.#at += 1;
      const spoke = this.#at % spokes;
      let key = this.#head[spoke] ?? -1;
      this.#head[spoke] = -1;
      while (key !== -1) {
        const following = this.#next[key] ?? -1;
        const due = this.#due[key] ?? 0;
        this.#queued[key] = 0;
        if (due > now) this.#hang(key, due);
        else this.#fire(key);
        key = following;
      }
    }
  }
}
