import { fullJitter } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../observe/log.js';
import { answerFields, CredentialsRefused, Refused } from './errors.js';
import type { RestClient } from './rest.js';
import { combine, expand, type Selector } from './selectors.js';

/** Selectors are expanded anew so often, in ms: queues and users change by the hour, not by the second. */
const refreshEvery = 5 * 60_000;

/** What could not be expanded is tried again. */
const backoff = { base: 1_000, cap: 60_000 };

export interface TopicPlanDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  rest: RestClient;
  /** Called with all topics whenever they have changed. */
  onTopics: (topics: readonly string[]) => void;
}

/** The topics that are desired: literal ones, and what selectors stand for, kept up to date. */
export class TopicPlan {
  readonly #deps: TopicPlanDeps;
  #entries: readonly (string | Selector)[];
  /** Selector, as JSON → what it stood for when it was last expanded. */
  readonly #expanded = new Map<string, readonly string[]>();
  #topics: readonly string[] = [];
  readonly #refresh: Deadline;
  #failures = 0;
  /** Which round of expanding is the latest: what an older one finds does not count. */
  #round = 0;

  constructor(deps: TopicPlanDeps, entries: readonly (string | Selector)[]) {
    this.#deps = deps;
    this.#entries = entries;
    this.#refresh = deps.deadlines.idle(() => void this.expand().catch(() => undefined));
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  /** These are desired from the next time on that it is expanded. */
  prefer(entries: readonly (string | Selector)[]): void {
    this.#entries = entries;
  }

  /** These are desired from now on. */
  want(entries: readonly (string | Selector)[]): void {
    this.#entries = entries;
    this.#tell();
    void this.expand().catch(() => undefined);
  }

  /**
   * Expands all selectors anew; one that cannot be asked for stands for what it did before, and is tried again. Rejects with
   * `CredentialsRefused` alone.
   */
  async expand(): Promise<void> {
    this.#refresh.cancel();
    this.#round += 1;
    const round = this.#round;
    const selectors = this.#entries.filter((entry) => typeof entry !== 'string');
    const known = new Set(selectors.map((selector) => JSON.stringify(selector)));
    for (const key of this.#expanded.keys()) if (!known.has(key)) this.#expanded.delete(key);
    let failed: CredentialsRefused | undefined;
    let failures = 0;
    for (const selector of selectors) {
      try {
        const topics = await expand(this.#deps.rest, selector);
        if (round !== this.#round) return;
        this.#learn(selector, topics);
      } catch (error) {
        if (round !== this.#round) return;
        failures += 1;
        this.#tellFailed(selector, error);
        if (error instanceof CredentialsRefused) failed = error;
      }
    }
    this.#tell();
    this.#failures = failures > 0 ? this.#failures + 1 : 0;
    if (selectors.length > 0) this.#refresh.moveTo(this.#deps.clock.now() + (failures > 0 ? this.#wait() : refreshEvery));
    if (failed !== undefined) throw failed;
  }

  stop(): void {
    this.#round += 1;
    this.#refresh.cancel();
  }

  #wait(): number {
    return fullJitter(backoff, this.#failures, this.#deps.random);
  }

  #learn(selector: Selector, topics: readonly string[]): void {
    const { log } = this.#deps;
    const key = JSON.stringify(selector);
    const before = this.#expanded.get(key);
    this.#expanded.set(key, topics);
    const had = new Set(before);
    const added = topics.filter((topic) => !had.delete(topic)).length;
    if (before !== undefined && added === 0 && had.size === 0) return;
    const fields = { selector: key, topics: topics.length, added, removed: had.size };
    if (topics.length === 0)
      log.warn('selector.empty', 'no queue or user fits this selector: check the pattern, the ids and the division', fields);
    else log.info('selector.expanded', 'a selector stands for these topics now', fields);
  }

  #tellFailed(selector: Selector, error: unknown): void {
    const fields = error instanceof Refused ? answerFields(error.answer) : {};
    this.#deps.log.warn('selector.failed', 'a selector could not be expanded: it stands for what it did before, and is tried again', {
      ...fields,
      selector: JSON.stringify(selector),
      error: messageOf(error),
    });
  }

  #tell(): void {
    const literal = this.#entries.filter((entry) => typeof entry === 'string');
    const selected = this.#entries.flatMap((entry) => (typeof entry === 'string' ? [] : (this.#expanded.get(JSON.stringify(entry)) ?? [])));
    const topics = [...new Set([...literal, ...combine(selected)])];
    if (topics.length === this.#topics.length && topics.every((topic, index) => topic === this.#topics[index])) return;
    this.#topics = topics;
    this.#deps.onTopics(topics);
  }
}
