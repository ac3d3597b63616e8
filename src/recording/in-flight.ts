/** Promises that are under way. */
export class InFlight {
  readonly #promises = new Set<Promise<unknown>>();

  add<T>(promise: Promise<T>): Promise<T> {
    const done = (): void => {
      this.#promises.delete(settled);
    };
    const settled: Promise<unknown> = promise.then(done, done);
    this.#promises.add(settled);
    return promise;
  }

  /** Resolves when all of them have ended: with whether there were any. */
  async ended(): Promise<boolean> {
    if (this.#promises.size === 0) return false;
    await Promise.all(this.#promises);
    return true;
  }
}
