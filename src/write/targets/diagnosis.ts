import { Refused } from '../../genesys/errors.js';
import type { RestClient } from '../../genesys/rest.js';
import { targets } from './targets.js';
import type { WriteTarget } from './target.js';

/**
 * A 404 may mean that the conversation or the participant is gone, or that this org does not know the write target at
 * all: then the error names the targets that it answers to. Costs up to five reads a 404, until the target is known to be
 * there or not: as long as it has never answered, a conversation that is gone everywhere tells nothing of it.
 */
export class Diagnosis {
  readonly #deps: { rest: RestClient; target: WriteTarget };
  /** The target has answered once: it is there. */
  #there = false;
  /** What is wrong with the target, once that was found out. */
  #absent: string | undefined;

  constructor(deps: { rest: RestClient; target: WriteTarget }) {
    this.#deps = deps;
  }

  /** The target answered. */
  answered(): void {
    this.#there = true;
  }

  /** The error, with more to say if it is a 404 because the target is not there. Never rejects. */
  async explain(error: unknown, conversationId: string): Promise<unknown> {
    if (this.#there || !(error instanceof Refused) || error.verdict !== 'gone') return error;
    this.#absent ??= await this.#lookAround(conversationId);
    return this.#absent === undefined ? error : new Refused(this.#absent, error.answer, error.verdict);
  }

  async #lookAround(conversationId: string): Promise<string | undefined> {
    const { target } = this.#deps;
    const answers = async (other: WriteTarget): Promise<boolean> =>
      this.#deps.rest.call({ method: 'GET', path: other.readPath(conversationId, 'conversation') }).then(
        ({ status }) => status < 300,
        () => false,
      );
    if (await answers(target)) {
      this.#there = true;
      return undefined;
    }
    const others = [targets.voice, targets.attributes, targets['secure-attributes'], targets['custom-attributes']];
    const there: string[] = [];
    for (const other of others) if (other.name !== target.name && (await answers(other))) there.push(other.name);
    return there.length === 0
      ? undefined
      : `write.target ${target.name} is not there in this org, but ${there.join(', ')} answers: set write.target to one that does`;
  }
}
