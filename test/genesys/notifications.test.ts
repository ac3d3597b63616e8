import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { createAgents } from '../../src/genesys/agents.js';
import type { Answer } from '../../src/genesys/answer.js';
import { Budget } from '../../src/genesys/budget.js';
import { CredentialsRefused } from '../../src/genesys/errors.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import { Notifications, type NotificationSettings } from '../../src/genesys/notifications.js';
import { RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';
import { answer, rejection } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { Streaming } from './support/streaming.js';

/** A platform with queues, and notifications for it. */
class Org {
  readonly clock = new FakeClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly log = new RecordingLog();
  queues: string[] = [];
  directory: (() => Answer) | undefined;
  login: (() => Answer) | undefined;
  readonly calls: string[] = [];
  readonly signals: string[] = [];
  readonly topics = new Map<string, string[]>();
  readonly notifications: Notifications;
  readonly streaming: Streaming;
  readonly #agents = createAgents(() => '');
  #run: Promise<void> = Promise.resolve();

  constructor(streaming: Streaming, settings: Partial<NotificationSettings>) {
    this.streaming = streaming;
    const base = { clock: this.clock, deadlines: this.deadlines, log: this.log, random: () => 1 };
    const budget = new Budget(base, { perMinute: 10_000, reserve: 0 });
    const exchange = (request: HttpRequest): Promise<Answer> => Promise.resolve(this.#answer(request));
    const token = new TokenSource({ ...base, budget, exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
    const rest = new RestClient({ budget, token, exchange, apiUrl: 'http://api', timeout: 1 });
    this.notifications = new Notifications(
      { ...base, rest, token, agents: this.#agents },
      { topics: [], silenceTimeout: 35_000, rotateBefore: 1_800_000, ...settings },
    );
    this.notifications.signals.subscribe(({ kind }) => this.signals.push(kind));
    streaming.reply = ({ message, topics = [], correlationId }, path): unknown => {
      const id = path.split('/').at(-1) ?? '';
      if (message === 'ping') return { topicName: 'channel.metadata', eventBody: { message: 'pong' } };
      this.calls.push(`${message} ${topics.length}`);
      const others = (this.topics.get(id) ?? []).filter((topic) => !topics.includes(topic));
      this.topics.set(id, message === 'subscribe' ? [...others, ...topics] : others);
      return { result: '200', status: `${message}d`, correlationId };
    };
  }

  run(): Promise<void> {
    this.#run = this.notifications.run();
    this.#run.catch(() => undefined);
    return this.#run;
  }

  connected(channels: number): Promise<void> {
    return eventually(
      `${channels} channels are open`,
      () => this.notifications.connected && this.notifications.channels.length === channels && this.streaming.live === channels,
    );
  }

  async close(): Promise<void> {
    this.notifications.stop();
    await this.#run.catch(() => undefined);
    this.deadlines.clear();
    this.#agents.destroy();
    await this.streaming.close();
  }

  #answer({ method, url, compose }: HttpRequest): Answer {
    const body = compose?.()?.body ?? '';
    if (url.endsWith('/oauth/token')) return this.login?.() ?? answer(200, { access_token: 't', expires_in: 86_400 });
    const { pathname, searchParams } = new URL(url);
    this.calls.push(`${method} ${pathname.split('/').at(-1) ?? ''}`);
    if (pathname.endsWith('/queues')) {
      if (this.directory !== undefined) return this.directory();
      const page = Number(searchParams.get('pageNumber'));
      const entities = this.queues.slice((page - 1) * 100, page * 100).map((id) => ({ id, name: id }));
      return answer(200, { entities, pageCount: Math.ceil(this.queues.length / 100) });
    }
    if (pathname.endsWith('/channels')) {
      const id = `c${this.topics.size + 1}`;
      this.topics.set(id, []);
      return answer(200, { id, connectUri: this.streaming.uri(id) });
    }
    const id = pathname.split('/').at(-2) ?? '';
    if (method === 'PUT')
      this.topics.set(
        id,
        (JSON.parse(body) as { id: string }[]).map((topic) => topic.id),
      );
    return answer(200, { entities: (this.topics.get(id) ?? []).map((topic) => ({ id: topic, state: 'Permitted' })) });
  }
}

describe('Notifications', () => {
  const closing = cleanup();
  const open = async (settings: Partial<NotificationSettings>, prepare: (org: Org) => void = () => undefined): Promise<Org> => {
    const org = new Org(await Streaming.open(), settings);
    closing(() => org.close());
    prepare(org);
    return org;
  };
  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `q${index}`);
  const everyQueue = { queues: '*', suffix: 'conversations' };
  const changes = (org: Org): string[] => org.calls.filter((call) => /subscribe \d/.test(call));

  it('have one channel for literal topics, and ask nobody for them', async () => {
    const org = await open({ topics: ['v2.a', 'v2.b'] });
    void org.run();
    await org.connected(1);
    expect(org.calls).to.deep.equal(['POST channels', 'PUT subscriptions']);
    expect(org.notifications.desired).to.deep.equal(['v2.a', 'v2.b']);
    expect(org.notifications.topics.every(({ permitted }) => permitted)).to.equal(true);
    expect(org.notifications.channels[0]).to.include({ state: 'open', topics: 2 });
  });

  it('have three channels for 2,500 queues, and one frame takes one that is gone away', async () => {
    const org = await open({ topics: [everyQueue] }, (org_) => (org_.queues = many(2_500)));
    void org.run();
    await org.connected(3);
    expect([...org.topics.values()].map(({ length }) => length).sort()).to.deep.equal([1_000, 1_000, 500].sort());
    expect(org.log.of('selector.expanded')[0]).to.include({ topics: 2_500, added: 2_500, removed: 0 });
    org.calls.length = 0;
    org.queues = org.queues.filter((id) => id !== 'q1500');
    await org.clock.advance(300_000);
    await eventually('it was changed', () => org.calls.includes('GET subscriptions'));
    expect(changes(org)).to.deep.equal(['unsubscribe 1']);
    expect(org.calls.filter((call) => /channels|PUT|POST/.test(call))).to.be.empty;
    expect(org.streaming.sockets).to.have.length(3);
    expect(org.notifications.desired).to.have.length(2_499);
  });

  it('follow a new config without touching a socket', async () => {
    const org = await open({ topics: ['v2.a', everyQueue] }, (org_) => (org_.queues = many(3)));
    void org.run();
    await org.connected(1);
    org.notifications.configure({ topics: ['v2.b', everyQueue], silenceTimeout: 1_000, rotateBefore: 1_000 });
    await eventually('it was changed', () => changes(org).length === 2);
    expect(org.notifications.desired).to.deep.equal(['v2.b', ...many(3).map((id) => `v2.routing.queues.${id}.conversations`)]);
    expect(org.streaming.sockets).to.have.length(1);
  });

  it('open and close channels as topics come and go', async () => {
    const org = await open({ topics: many(1_000) });
    void org.run();
    await org.connected(1);
    org.notifications.configure({ topics: many(1_500), silenceTimeout: 35_000, rotateBefore: 0 });
    await org.connected(2);
    const { frames } = org.notifications;
    org.notifications.configure({ topics: many(900), silenceTimeout: 35_000, rotateBefore: 0 });
    await org.connected(1);
    expect(org.notifications.frames, 'those of the closed one are counted on').to.be.at.least(frames);
  });

  it('tell what no channel is left for', async () => {
    const org = await open({ topics: many(18_001) });
    void org.run();
    await org.connected(18);
    expect(org.log.of('topics.full')).to.deep.equal([{ topics: 1 }]);
    expect(org.notifications.topics.filter(({ permitted }) => !permitted).map(({ topic }) => topic)).to.deep.equal(['q18000']);
  });

  it('keep what a selector stood for while it cannot be asked for, and try again', async () => {
    const org = await open({ topics: [everyQueue] }, (org_) => (org_.queues = many(2)));
    void org.run();
    await org.connected(1);
    org.directory = (): Answer => answer(403, { code: 'missing.permissions' });
    await org.clock.advance(300_000);
    await eventually('it failed', () => org.log.of('selector.failed').length === 1);
    expect(org.log.of('selector.failed')[0]).to.include({ status: 403, code: 'missing.permissions' });
    expect(org.notifications.desired).to.have.length(2);
    org.directory = undefined;
    org.queues = [];
    await org.clock.advance(60_000);
    await eventually('it is empty', () => org.notifications.desired.length === 0);
    expect(org.log.of('selector.empty')).to.have.length(1);
  });

  it('start with what is literal where a selector cannot be expanded', async () => {
    const org = await open({ topics: ['v2.a', everyQueue] }, (org_) => (org_.directory = (): Answer => answer(503)));
    void org.run();
    await org.connected(1);
    expect(org.notifications.desired).to.deep.equal(['v2.a']);
    org.directory = undefined;
    org.queues = ['q'];
    await org.clock.advance(2_000);
    await eventually('it was added', () => org.notifications.desired.length === 2);
  });

  for (const topics of [['v2.a'], [everyQueue]]) {
    it(`end when the OAuth client is refused at the start, with ${typeof topics[0] === 'string' ? 'a topic' : 'a selector'}`, async () => {
      const org = await open({ topics }, (org_) => (org_.login = (): Answer => answer(401, { error: 'invalid_client' })));
      expect(await rejection(org.run())).to.be.instanceOf(CredentialsRefused);
      expect(org.streaming.upgrades).to.be.empty;
    });
  }

  it('make new channels before they leave the old ones when told to reconnect', async () => {
    const org = await open({ topics: many(1_500) });
    void org.run();
    await org.connected(2);
    org.signals.length = 0;
    org.notifications.reconnect();
    await eventually('both were replaced', () => org.notifications.rotations.reload === 2);
    await org.clock.advance(2_000);
    await org.connected(2);
    expect(org.signals).to.be.empty;
    expect(org.log.of('auth.token'), 'one new token for both').to.have.length(2);
  });

  it('are not started once they were stopped', async () => {
    const org = await open({ topics: ['v2.a'] });
    let completed = false;
    org.notifications.signals.subscribe({ complete: () => (completed = true) });
    org.notifications.stop();
    await org.run();
    expect(org.calls).to.be.empty;
    expect(completed).to.equal(true);
  });

  it('complete when they are stopped', async () => {
    const org = await open({ topics: ['v2.a'] });
    let completed = false;
    org.notifications.signals.subscribe({ complete: () => (completed = true) });
    const run = org.run();
    await org.connected(1);
    org.notifications.stop();
    await run;
    expect(completed).to.equal(true);
    await eventually('no socket is left', () => org.streaming.live === 0);
  });
});
