import { Deadlines } from '../../../src/base/deadlines.js';
import { createAgents } from '../../../src/genesys/agents.js';
import type { Answer } from '../../../src/genesys/answer.js';
import { Budget } from '../../../src/genesys/budget.js';
import type { HttpRequest } from '../../../src/genesys/http.js';
import { Shard, type ShardState, type Signal } from '../../../src/genesys/shard.js';
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

/** One shard on a clock that the test owns, before a platform whose sockets are real and whose answers the test may change. */
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
  readonly shard: Shard;
  readonly settings = { silenceTimeout: 35_000, rotateBefore: 1_800_000 };
  /** When tokens and channels expire: seconds from now, and an ISO time. */
  tokenSeconds = 86_400;
  expires: string | undefined;
  /** Answers to GET of subscriptions, HEAD, and the count of channels, in place of the usual ones. */
  list: Reply | undefined;
  head: Reply | undefined;
  count: Reply | undefined;
  /** Each call: method and what it was for. */
  readonly calls: string[] = [];
  readonly #topics = new Map<string, string[]>();
  readonly #agents = createAgents(() => '');
  #run: Promise<void> | undefined;

  constructor(streaming: Streaming, topics: readonly string[]) {
    this.streaming = streaming;
    const { clock, deadlines, log } = this;
    const budget = new Budget({ clock, deadlines, log }, { perMinute: 10_000, reserve: 0 });
    const exchange = (request: HttpRequest): Promise<Answer> => this.#answer(request);
    const token = new TokenSource({ clock, log, budget, exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
    const rest = new RestClient({ budget, token, exchange, apiUrl: '', timeout: 1 });
    this.shard = new Shard(
      {
        ...{ clock, deadlines, log, rest, token, agents: this.#agents, settings: this.settings },
        random: () => this.random,
        onSignal: (signal) => this.signals.push(shownSignal(signal)),
      },
      topics,
    );
  }

  static async open(topics: readonly string[] = ['v2.x']): Promise<Org> {
    return new Org(await Streaming.open(), topics);
  }

  /** From now on the streaming host answers pings and changes of topics. */
  answering(): void {
    this.streaming.reply = ({ message, topics = [], correlationId }, path): unknown => {
      const id = path.split('/').at(-1) ?? '';
      if (message === 'ping') return { topicName: 'channel.metadata', eventBody: { message: 'pong' } };
      const others = this.topicsOf(id).filter((topic) => !topics.includes(topic));
      this.#topics.set(id, message === 'subscribe' ? [...others, ...topics] : others);
      return { result: '200', status: `${message}d`, correlationId };
    };
  }

  /** Starts `run`; the promise is its end. */
  run(): Promise<void> {
    this.#run = this.shard.run();
    this.#run.catch(() => undefined);
    return this.#run;
  }

  /** Resolves when the shard is in that state. */
  at(state: ShardState['at']): Promise<void> {
    return eventually(`the shard is ${state}`, () => this.shard.state.at === state);
  }

  /** Resolves when the socket number `count` is open and subscribed. */
  async connected(count = 1): Promise<void> {
    await eventually(`socket ${count} is open`, () => this.streaming.sockets.length === count && this.shard.connected);
  }

  /** Stops everything and closes it. */
  async close(): Promise<void> {
    this.shard.stop();
    await this.#run?.catch(() => undefined);
    this.#agents.destroy();
    await this.streaming.close();
  }

  async #answer({ method, url, compose }: HttpRequest): Promise<Answer> {
    const sent = compose?.()?.body ?? '';
    if (url.endsWith('/oauth/token')) return (await this.login?.()) ?? answer(200, { access_token: 't', expires_in: this.tokenSeconds });
    const [, , id = '', rest = ''] = /notifications\/(channels)\/?([^/?]*)\/?([^?]*)/.exec(url) ?? [];
    this.calls.push(`${method} ${rest === '' ? 'channel' : rest}`);
    if (url.includes('includechannels')) return (await this.count?.()) ?? answer(200, { entities: [{}] });
    if (id === '') return this.#create();
    if (method === 'HEAD') return (await this.head?.()) ?? answer(200);
    if (method === 'GET') return (await this.list?.()) ?? answer(200, { entities: this.topicsOf(id).map((topic) => ({ id: topic })) });
    this.subscribed += 1;
    const topics = (JSON.parse(sent) as { id: string }[]).map((topic) => topic.id);
    const special = await this.subscribe?.();
    if (special !== undefined) return special;
    this.#topics.set(id, method === 'PUT' ? topics : [...this.topicsOf(id), ...topics]);
    return answer(200, { entities: topics.map((topic) => ({ id: topic, state: 'Permitted' })) });
  }

  /** Topics that a channel has. */
  topicsOf(id: string): string[] {
    return this.#topics.get(id) ?? [];
  }

  async #create(): Promise<Answer> {
    const special = await this.create?.();
    if (special !== undefined) return special;
    this.created += 1;
    const id = `${channelSecret}-${this.created}`;
    return answer(200, { id, connectUri: this.streaming.uri(id), ...(this.expires === undefined ? {} : { expires: this.expires }) });
  }
}

function shownSignal(signal: Signal): string {
  return signal.kind === 'gap' ? 'gap' : `event ${String(signal.event.eventBody['n'])}`;
}
