import { judge } from '../genesys/errors.js';
import type { ProbedTarget, Reading } from './probed-target.js';
import { saidBy } from './words.js';

/** On a call that moves, a fresh ETag is old before it arrives: so often it is read again. */
export const mostTries = 5;

/** The keys of a probe among those of others. */
export class OwnKeys {
  readonly #probed: Pick<ProbedTarget, 'read' | 'readUntil' | 'write' | 'value' | 'attributes'>;
  readonly #keys: readonly string[];

  constructor(deps: { probed: Pick<ProbedTarget, 'read' | 'readUntil' | 'write' | 'value' | 'attributes'>; keys: readonly string[] }) {
    this.#probed = deps.probed;
    this.#keys = deps.keys;
  }

  /** Whether all keys of others that were there first are gone: one alone may have been deleted by its owner. */
  allLost(first: Reading, now: Reading): boolean {
    const others = this.#others(first);
    return now.content !== undefined && others.length > 0 && this.#lost(first, now).length === others.length;
  }

  /**
   * Makes own keys empty and, where a write `replaces` the map, puts back what is gone. Resolves with what is left behind;
   * empty if nothing is.
   */
  async clean(first: Reading, replaces: boolean): Promise<string> {
    const probed = this.#probed;
    const known = await probed.readUntil(({ content }) => content !== undefined);
    // what cannot be read may still be there: nothing of others is written then
    if (known.after === undefined) return `not known, a read says: ${saidBy(known.read.answer)}`;
    let { read } = known;
    const own = this.#keys.filter((key) => (probed.value(read, key) ?? '') !== '');
    const replaced = replaces || this.allLost(first, read);
    const isLeft = (each: Reading): string[] => [
      ...own.filter((key) => each.content === undefined || (probed.value(each, key) ?? '') !== ''),
      ...(replaced ? this.#lost(first, each) : []),
    ];
    if (isLeft(read).length === 0) return '';
    for (let tries = 1; tries <= mostTries && read.content !== undefined; tries += 1) {
      // where a write replaces the map, it holds all others too: as they are now, else as they were first
      const others = replaced ? { ...probed.attributes(first), ...probed.attributes(read) } : {};
      const answer = await probed.write({ ...others, ...Object.fromEntries(own.map((key) => [key, ''])) }, read);
      if (judge(answer) === 'done') break;
      read = await probed.read();
    }
    const { read: last, after } = await probed.readUntil((each) => isLeft(each).length === 0);
    return after === undefined ? isLeft(last).join(', ') : '';
  }

  /** Keys of others that were there first and no longer are. */
  #lost(first: Reading, now: Reading): string[] {
    return this.#others(first).filter((key) => this.#probed.value(now, key) === undefined);
  }

  #others(first: Reading): string[] {
    return Object.keys(this.#probed.attributes(first)).filter((key) => !this.#keys.includes(key));
  }
}
