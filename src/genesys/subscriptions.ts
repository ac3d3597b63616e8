import type { Log } from '../observe/log.js';
import { partsOf, subscribe, subscriptionsOf, type TopicState } from './channel.js';
import type { Link } from './link.js';
import type { RestClient } from './rest.js';

/** Topics in one frame: its size stays far below what servers take. */
const topicsInFrame = 200;

/** More topics that are permitted at once have one line in the log, not one each. */
const mostLines = 20;

/** Whether a topic is wanted, or is a part of a combined one that is. */
function isWanted(topic: string, wanted: ReadonlySet<string>): boolean {
  return wanted.has(topic) || [...wanted].some((one) => partsOf(one).includes(topic));
}

/** What one channel is subscribed to, and what it should be. */
export class Subscriptions {
  readonly #deps: { rest: RestClient; log: Log };
  #wanted: readonly string[];
  /** What the platform said of each wanted topic, the last time that it was asked. */
  readonly #told = new Map<string, TopicState>();
  /** The topics that the channel of a link has. */
  readonly #there = new WeakMap<Link, Set<string>>();
  #work: Promise<void> = Promise.resolve();

  constructor(deps: { rest: RestClient; log: Log }, wanted: readonly string[]) {
    this.#deps = deps;
    this.#wanted = wanted;
  }

  get wanted(): readonly string[] {
    return this.#wanted;
  }

  /** What the platform said of the wanted topics that it was asked for, and of parts of them that it refuses. */
  get states(): TopicState[] {
    return [...this.#told.values()];
  }

  /** Wants these from now on, in place of all before. Nothing is asked of the platform yet. */
  want(topics: readonly string[]): void {
    this.#wanted = topics;
    const wanted = new Set(topics);
    for (const topic of this.#told.keys()) if (!isWanted(topic, wanted)) this.#told.delete(topic);
  }

  /** Makes the wanted topics those of the channel, in place of all it had, by one call. Throws `Refused` or `NoAnswer`. */
  async replace(link: Link): Promise<void> {
    const wanted = this.#wanted;
    if (wanted.length === 0 && !this.#there.has(link)) return;
    const states = await subscribe(this.#deps.rest, link.channel, wanted);
    this.#there.set(link, new Set(states.filter(({ permitted }) => permitted).map(({ topic }) => topic)));
    this.#tell(states);
  }

  /**
   * Brings the channel's topics to those wanted by frames over its socket, and then verifies them by a read; what is wanted
   * meanwhile counts: the latest wins. Throws `Refused` or `NoAnswer`.
   */
  async change(link: Link): Promise<void> {
    // one at a time, each in its turn: it sees what is wanted when it begins its round
    const work = this.#work.catch(() => undefined).then(() => this.#change(link));
    this.#work = work;
    await work;
  }

  /** Whether the channel has all that it should have, as the platform tells; if not, it is made so. Throws `Refused`, `NoAnswer`. */
  async verify(link: Link): Promise<boolean> {
    const there = new Set(await subscriptionsOf(this.#deps.rest, link.channel));
    this.#there.set(link, there);
    const should = this.#wanted.filter((topic) => this.#told.get(topic)?.permitted !== false);
    if (there.size === should.length && should.every((topic) => there.has(topic))) return true;
    await this.replace(link);
    return false;
  }

  async #change(link: Link): Promise<void> {
    let changed = false;
    for (;;) {
      const wanted = new Set(this.#wanted);
      const there = this.#of(link);
      const gone = [...there].filter((topic) => !wanted.has(topic));
      const fresh = this.#wanted.filter((topic) => !there.has(topic) && this.#told.get(topic)?.permitted !== false);
      // first make room: a channel that is full takes no more
      if (gone.length > 0) await this.#unsubscribe(link, gone.slice(0, topicsInFrame));
      else if (fresh.length > 0) await this.#subscribe(link, fresh.slice(0, topicsInFrame));
      else break;
      changed = true;
    }
    if (changed) await this.verify(link);
  }

  #of(link: Link): Set<string> {
    const there = this.#there.get(link) ?? new Set();
    this.#there.set(link, there);
    return there;
  }

  async #unsubscribe(link: Link, topics: readonly string[]): Promise<void> {
    const result = await link.socket.change('unsubscribe', topics);
    // whatever it answers: what is there is read afterwards
    for (const topic of topics) this.#of(link).delete(topic);
    if (result === '404') link.gone();
  }

  async #subscribe(link: Link, topics: readonly string[]): Promise<void> {
    const result = await link.socket.change('subscribe', topics);
    if (result === '200') {
      this.#tell(topics.map((topic) => ({ topic, permitted: true, reason: undefined, missingPermissions: [] })));
      for (const topic of topics) this.#of(link).add(topic);
      return;
    }
    if (result === '404') link.gone();
    // a frame is refused as a whole: a call tells topic by topic
    const states = await subscribe(this.#deps.rest, link.channel, topics, 'add');
    for (const { topic, permitted } of states) if (permitted) this.#of(link).add(topic);
    this.#tell(states);
  }

  #tell(states: readonly TopicState[]): void {
    const wanted = new Set(this.#wanted);
    const known = states.filter(({ topic }) => isWanted(topic, wanted));
    const news = known.filter(({ topic, permitted }) => this.#told.get(topic)?.permitted !== permitted);
    for (const state of known) this.#told.set(state.topic, state);
    this.#log(news);
  }

  #log(states: readonly TopicState[]): void {
    const { log } = this.#deps;
    const permitted = states.filter((state) => state.permitted);
    if (permitted.length > mostLines)
      log.info('topics.subscribed', 'the platform permits these topics', { topic: permitted[0]?.topic, topics: permitted.length });
    else for (const { topic } of permitted) log.info('topics.subscribed', 'the platform permits this topic', { topic });
    for (const { topic, reason, missingPermissions } of states.filter((state) => !state.permitted))
      log.warn(
        'topics.rejected',
        missingPermissions.length > 0
          ? 'the platform refuses this topic: grant the permissions to the OAuth client'
          : 'the platform refuses this topic: see the reason, and check the topic and its id',
        { topic, reason, missingPermissions },
      );
  }
}
