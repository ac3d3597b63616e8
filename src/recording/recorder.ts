import type { Clock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import type { Config } from '../config/schema.js';
import { createAgents, type Agents } from '../genesys/agents.js';
import { Budget } from '../genesys/budget.js';
import { shown, type Channel, type TopicState } from '../genesys/channel.js';
import { hostsOf } from '../genesys/hosts.js';
import { exchange, type HttpRequest } from '../genesys/http.js';
import { Notifications } from '../genesys/notifications.js';
import { RestClient } from '../genesys/rest.js';
import { TokenSource } from '../genesys/token.js';
import type { Log } from '../observe/log.js';
import { format, jsonOf, lineOf } from './format.js';
import type { Masker } from './mask.js';

export interface RecorderDeps {
  config: Pick<Config, 'genesys' | 'notifications'>;
  clientSecret: () => string;
  clock: Clock;
  log: Log;
  random: () => number;
  masker: Masker;
  /** Whether attribute values are masked. */
  masked: boolean;
  /** Version of the program. */
  version: string;
  /** Takes a line; false if it cannot. */
  write: (line: string) => boolean;
  /** The proxy's URL for a URL, or an empty string; from the environment if not given. */
  proxyFor?: (url: string) => string;
  /** A channel is connected and subscribed for the first time. */
  onConnected?: (topics: readonly TopicState[]) => void;
}

/** Records the frames of channels of its own: it makes a token and as many channels as the topics need, and sends nothing but what these need. */
export class Recorder {
  frames = 0;
  /** Frames that could not be taken, as the disk or the reader was too slow. */
  dropped = 0;
  /** Whether it was ever connected: before that, nothing can have been missed. */
  connected = false;
  readonly #deps: RecorderDeps;
  #started = 0;
  readonly #agents: Agents;
  readonly #deadlines: Deadlines;
  readonly #notifications: Notifications;
  /** What came last: a gap after a gap tells nothing new. */
  #before: 'frame' | 'gap' | 'dropped' = 'gap';

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    const { clock, log, random, proxyFor, clientSecret } = deps;
    const { genesys, notifications } = deps.config;
    const { apiUrl, loginUrl } = hostsOf(genesys);
    const { clientId, requestTimeout: timeout } = genesys;
    const agents = (this.#agents = createAgents(proxyFor));
    const deadlines = (this.#deadlines = new Deadlines(clock));
    const budget = new Budget({ clock, deadlines, log }, genesys.budget);
    const base = { clock, log, budget, timeout, exchange: (request: HttpRequest) => exchange(agents, request) };
    const token = new TokenSource({ ...base, loginUrl, clientId, clientSecret });
    const rest = new RestClient({ ...base, token, apiUrl });
    this.#notifications = new Notifications(
      {
        ...{ clock, deadlines, log, random, rest, token, agents },
        onText: (text, channel) => {
          this.#onText(text, channel);
        },
      },
      notifications,
    );
  }

  /** Runs until `stop`. Rejects with `CredentialsRefused`. */
  async run(): Promise<void> {
    const { clock, version, config, masked, write, onConnected } = this.#deps;
    const topics = config.notifications.topics.map((topic) => (typeof topic === 'string' ? topic : JSON.stringify(topic)));
    this.#started = clock.now();
    write(lineOf({ attributed: version, format, started: new Date(clock.wall()).toISOString(), topics, masked }));
    const signals = this.#notifications.signals.subscribe(({ kind }) => {
      if (kind === 'event') return;
      if (this.connected) {
        if (this.#before === 'frame') this.#gap();
      } else if (this.#notifications.connected) {
        this.connected = true;
        onConnected?.(this.#notifications.topics);
      }
    });
    try {
      await this.#notifications.run();
    } finally {
      signals.unsubscribe();
      this.#agents.destroy();
      this.#deadlines.clear();
    }
  }

  /** Closes the channel's socket and ends `run`. */
  stop(): void {
    this.#notifications.stop();
  }

  #onText(text: string, channel: Channel): void {
    const { masker, write } = this.#deps;
    const json = jsonOf(text);
    const said = json === undefined ? { text: masker.text(text, channel) } : { frame: masker.frame(json, channel) };
    const line = lineOf({ ...this.#moment(), channel: shown(channel), ...said });
    // that frames were dropped is told before the next one
    const taken = (this.#before !== 'dropped' || this.#gap()) && write(line);
    if (taken) this.frames += 1;
    else this.dropped += 1;
    this.#before = taken ? 'frame' : 'dropped';
  }

  #gap(): boolean {
    const taken = this.#deps.write(lineOf({ ...this.#moment(), gap: true }));
    this.#before = taken ? 'gap' : 'dropped';
    return taken;
  }

  #moment(): { at: string; ms: number } {
    const { clock } = this.#deps;
    return { at: new Date(clock.wall()).toISOString(), ms: Math.round(clock.now() - this.#started) };
  }
}
