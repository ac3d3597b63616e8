import { messageOf } from '../base/errors.js';
import type { Config } from '../config/schema.js';
import { liveConversations, placesOf } from '../conversation/search.js';
import { countChannels, createChannel, mostChannels, unsubscribeAll } from '../genesys/channel.js';
import { CredentialsRefused, NoAnswer, Refused } from '../genesys/errors.js';
import { Contact, type ContactDeps } from './contact.js';
import { proxyOf } from '../genesys/proxies.js';
import { connect } from './ear.js';
import type { Finding } from './finding.js';
import { checkTarget } from './target-check.js';
import { checkTopics, topicsOf } from './topic-check.js';
import { messageIn, saidBy } from './words.js';

/** A clock that is off by more, in ms, is told: searches for calls go by time. */
const tolerated = 1_000;

export interface CheckDeps extends ContactDeps {
  config: Pick<Config, 'genesys' | 'notifications' | 'write'>;
  /** Called with each finding as soon as it is known. */
  tell: (finding: Finding) => void;
}

/** How a check came out: `refused` if the OAuth client was. */
export type Outcome = 'ok' | 'failed' | 'refused';

/** Finds out whether the daemon could work in this org, and leaves nothing behind there. */
export async function checkOnline(deps: CheckDeps): Promise<Outcome> {
  const contact = new Contact(deps);
  try {
    return await new OnlineCheck(contact, deps).run();
  } finally {
    await contact.close();
  }
}

class OnlineCheck {
  readonly #contact: Contact;
  readonly #deps: CheckDeps;
  #outcome: Outcome = 'ok';

  constructor(contact: Contact, deps: CheckDeps) {
    this.#contact = contact;
    this.#deps = deps;
  }

  async run(): Promise<Outcome> {
    const { rest } = this.#contact;
    const { config } = this.#deps;
    if (!(await this.#try('token', () => this.#token()))) return this.#outcome;
    let inUse = 0;
    const reached = await this.#try('api', async () => {
      inUse = await countChannels(rest);
      this.#found('ok', 'api', this.#answers(this.#contact.hosts.apiUrl));
    });
    if (!reached) return this.#outcome;
    this.#clock();
    let topics: string[] = [];
    await this.#try('selector', async () => {
      const expanded = await topicsOf(rest, config.notifications.topics);
      topics = expanded.topics;
      for (const finding of expanded.findings) this.#tell(finding);
    });
    await this.#channel(inUse, topics);
    await this.#try('target', async () => {
      this.#tell(await checkTarget(rest, config.write.target));
    });
    await this.#try('search', () => this.#search(topics));
    return this.#outcome;
  }

  async #token(): Promise<void> {
    const { clock, token, hosts } = this.#contact;
    const asked = clock.now();
    await token.get();
    const took = Math.round(clock.now() - asked);
    this.#found('ok', 'login', this.#answers(hosts.loginUrl));
    this.#found('ok', 'token', `granted within ${took} ms, good for ${spanOf((token.expiresAt ?? 0) - asked)}`);
  }

  #clock(): void {
    const { bounds } = this.#contact.skew;
    if (bounds === undefined) this.#found('warn', 'clock', 'the answers carry no date: whether this clock is right is not known');
    else if (bounds.least > tolerated) this.#found('warn', 'clock', `${off(bounds.least)} behind the platform’s: synchronise it (NTP)`);
    else if (bounds.most < -tolerated) this.#found('warn', 'clock', `${off(-bounds.most)} ahead of the platform’s: synchronise it (NTP)`);
    else this.#found('ok', 'clock', 'as the platform’s, as far as a date in whole seconds tells');
  }

  async #channel(inUse: number, topics: readonly string[]): Promise<void> {
    const { rest } = this.#contact;
    if (inUse >= mostChannels) {
      this.#found(
        'fail',
        'channels',
        `all ${mostChannels} of the OAuth client are in use: another one would take the place of one of them, so topics were not asked for. Give each program a client of its own`,
      );
      return;
    }
    this.#found('ok', 'channels', `${inUse} of ${mostChannels} in use, without the one of this check`);
    await this.#try('channels', async () => {
      const channel = await createChannel(rest);
      try {
        await this.#try('streaming', async () => {
          const socket = await connect(this.#contact, channel);
          socket.terminate();
          this.#found('ok', 'streaming', this.#answers(channel.connectUri));
        });
        await this.#try('topics', async () => {
          for (const finding of await checkTopics(rest, channel, topics)) this.#tell(finding);
        });
      } finally {
        await unsubscribeAll(rest, channel);
      }
    });
  }

  /** Whether calls that began unseen can be found. */
  async #search(topics: readonly string[]): Promise<void> {
    const now = this.#contact.clock.wall();
    try {
      await liveConversations(this.#contact.rest, placesOf(topics).slice(0, 1), { from: now, to: now }).next();
      this.#found('ok', 'search', 'calls that began during a gap can be found');
    } catch (error) {
      if (!(error instanceof Refused) || error.verdict !== 'forbidden') throw error;
      this.#found('warn', 'search', `calls that began during a gap cannot be found by search: ${saidBy(error.answer)}`);
    }
  }

  #answers(url: string): string {
    const proxy = proxyOf(url, this.#contact.proxyFor);
    return `${new URL(url).host} answers, ${proxy === undefined ? 'without a proxy' : `through the proxy ${proxy}`}`;
  }

  /** Does one step; what goes wrong in it is a finding. Resolves with whether it went through. */
  async #try(what: string, step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      const said = error instanceof Refused || error instanceof CredentialsRefused ? messageIn(error.answer.body) : undefined;
      this.#found('fail', what, `${messageOf(error)}${said === undefined ? '' : `; it said: ${said}`}${this.#proxied(what, error)}`);
      if (error instanceof CredentialsRefused) this.#outcome = 'refused';
      return false;
    }
  }

  /** The way that a request took to which no answer came. */
  #proxied(what: string, error: unknown): string {
    if (!(error instanceof NoAnswer)) return '';
    const { hosts, proxyFor } = this.#contact;
    const proxy = proxyOf(what === 'token' ? hosts.loginUrl : hosts.apiUrl, proxyFor);
    return proxy === undefined ? '; without a proxy' : `; through the proxy ${proxy}`;
  }

  #found(state: Finding['state'], what: string, detail: string): void {
    this.#tell({ state, what, detail });
  }

  #tell(finding: Finding): void {
    if (finding.state === 'fail' && this.#outcome === 'ok') this.#outcome = 'failed';
    this.#deps.tell(finding);
  }
}

function off(ms: number): string {
  return `this machine’s clock is at least ${(ms / 1_000).toFixed(1)} s`;
}

function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 6) / 10} h`;
}
