import { Deadlines } from '../../../src/base/deadlines.js';
import { createAgents } from '../../../src/genesys/agents.js';
import type { Answer } from '../../../src/genesys/answer.js';
import { Budget } from '../../../src/genesys/budget.js';
import type { HttpRequest } from '../../../src/genesys/http.js';
import { Notifications, type Signal } from '../../../src/genesys/notifications.js';
import { RestClient } from '../../../src/genesys/rest.js';
import { TokenSource } from '../../../src/genesys/token.js';
import { eventually } from '../../support/eventually.js';
import { FakeClock } from '../../support/fake-clock.js';
import { RecordingLog } from '../../support/recording-log.js';
import { answer } from './answers.js';
import { Streaming } from './streaming.js';

type Reply = () => Answer | Promise<Answer>;

/** What every channel id has in it: none may be seen in the log. */
export const channelSecret = 'hush-channel';

/** Notifications on a clock that the test owns, before a platform whose sockets are real and whose answers the test may change. */
export class Org {
  readonly clock = new FakeClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly log = new RecordingLog();
  readonly signals: string[] = [];
  /** Drawn for each wait: 1 is the longest. */
  random = 0;
  /** Channels that were made, and subscriptions that were asked for. */
  created = 0;
  subscribed = 0;
  /** Answers in place of the usual ones. */
  login: Reply | undefined;
  create: Reply | undefined;
  subscribe: Reply | undefined;
  readonly streaming: Streaming;
  readonly notifications: Notifications;
  readonly #agents = createAgents(() => '');
  #run: Promise<void> | undefined;
  completed = false;

  constructor(streaming: Streaming, topics: readonly string[]) {
    this.streaming = streaming;
    const { clock, deadlines, log } = this;
    const budget = new Budget({ clock, deadlines, log }, { perMinute: 10_000, reserve: 0 });
    const exchange = (request: HttpRequest): Promise<Answer> => this.#answer(request, topics);
    const token = new TokenSource({ clock, log, budget, exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
    const rest = new RestClient({ budget, token, exchange, apiUrl: '', timeout: 1 });
    this.notifications = new Notifications({
      ...{ clock, deadlines, log, rest, topics, agents: this.#agents },
      random: () => this.random,
      silenceTimeout: 35_000,
    });
    this.notifications.signals.subscribe({
      next: (signal) => this.signals.push(shownSignal(signal)),
      complete: () => {
        this.completed = true;
      },
    });
  }

  static async open(topics: readonly string[] = ['v2.x']): Promise<Org> {
    return new Org(await Streaming.open(), topics);
  }

  /** Starts `run`; the promise is its end. */
  run(): Promise<void> {
    this.#run = this.notifications.run();
    this.#run.catch(() => undefined);
    return this.#run;
  }

  /** Resolves when the notifications are in that state. */
  at(state: Notifications['state']['at']): Promise<void> {
    return eventually(`the notifications are ${state}`, () => this.notifications.state.at === state);
  }

  /** Resolves when the socket number `count` is open and subscribed. */
  async connected(count = 1): Promise<void> {
    await eventually(`socket ${count} is open`, () => this.streaming.sockets.length === count && this.notifications.connected);
  }

  /** Stops everything and closes it. */
  async close(): Promise<void> {
    this.notifications.stop();
    await this.#run?.catch(() => undefined);
    this.#agents.destroy();
    await this.streaming.close();
  }

  async #answer({ url, compose }: HttpRequest, topics: readonly string[]): Promise<Answer> {
    compose?.();
    if (url.endsWith('/oauth/token')) return (await this.login?.()) ?? answer(200, { access_token: 't', expires_in: 86_400 });
    if (url.endsWith('/channels')) {
      const special = await this.create?.();
      if (special !== undefined) return special;
      this.created += 1;
      const id = `${channelSecret}-${this.created}`;
      return answer(200, { id, connectUri: this.streaming.uri(id) });
    }
    this.subscribed += 1;
    return (await this.subscribe?.()) ?? answer(200, { entities: topics.map((id) => ({ id, state: 'Permitted' })) });
  }
}

function shownSignal(signal: Signal): string {
  return signal.kind === 'gap' ? 'gap' : `event ${String(signal.event.eventBody['n'])}`;
}
