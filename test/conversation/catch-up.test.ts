import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { CatchUp } from '../../src/conversation/catch-up.js';
import { ConversationReader } from '../../src/conversation/reader.js';
import { Registry } from '../../src/conversation/registry.js';
import type { Answer } from '../../src/genesys/answer.js';
import { Budget } from '../../src/genesys/budget.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import { RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { answer } from '../genesys/support/answers.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const queue = 'v2.routing.queues.q1.conversations.calls';

interface Call {
  version: number;
  state: string;
  attributes: Record<string, string>;
}

/** What is needed after a gap, before a platform that has some calls. */
class Ground {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly registry: Registry;
  readonly catchUp: CatchUp;
  readonly calls = new Map<string, Call>();
  /** Ids that were read, and queries that were made, in their order. */
  readonly asked: string[] = [];
  readonly queries: { interval: string; segmentFilters: { predicates: unknown[] }[]; paging: unknown }[] = [];
  /** Ids that analytics tells of. */
  live: string[] = [];
  analytics: (() => Answer) | undefined;
  topics = [queue];
  /** Called while a call is read. */
  onRead: (id: string) => void = () => undefined;
  readonly #deadlines = new Deadlines(this.clock);

  constructor(perMinute = 10_000) {
    const base = { clock: this.clock, deadlines: this.#deadlines, log: this.log, random: () => 1 };
    const exchange = (request: HttpRequest): Promise<Answer> => Promise.resolve(this.#answer(request));
    const budget = new Budget(base, { perMinute, reserve: 0 });
    const token = new TokenSource({ ...base, budget, exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
    const rest = new RestClient({ budget, token, exchange, apiUrl: 'http://api', timeout: 1 });
    this.registry = new Registry({ ...base, max: 1_000, forgetAfter: 600_000 });
    const reader = new ConversationReader({ rest, registry: this.registry, path: (id) => `/api/v2/conversations/voice/${id}` });
    this.catchUp = new CatchUp({ ...base, rest, registry: this.registry, reader, topics: () => this.topics });
  }

  /** A call that is known from an event. */
  known(id: string): void {
    this.calls.set(id, { version: 1, state: 'connected', attributes: {} });
    this.event(id);
  }

  event(id: string): void {
    this.registry.observe({ topicName: queue, eventBody: this.#body(id), metadata: {} });
  }

  /** Something happens that nobody hears of. */
  unheard(id: string, change: Partial<Call>): void {
    const call = this.calls.get(id) ?? { version: 1, state: 'connected', attributes: {} };
    this.calls.set(id, { ...call, version: call.version + 1, ...change });
  }

  /** A gap that began now and ends `ms` later. */
  async gap(ms = 10_000): Promise<void> {
    const since = this.clock.now();
    this.registry.gap();
    await this.clock.advance(ms);
    this.registry.gap();
    this.catchUp.start(since);
    await this.clock.advance(250);
  }

  end(): void {
    this.catchUp.stop();
    this.#deadlines.clear();
  }

  #body(id: string): Record<string, unknown> {
    const { version = 1, state = 'connected', attributes = {} } = this.calls.get(id) ?? {};
    const ended = state === 'terminated' ? { endTime: '2026-01-01T00:00:00Z' } : {};
    return { id, version, participants: [{ id: `p-${id}`, purpose: 'customer', state, attributes: { ...attributes }, ...ended }] };
  }

  #answer({ url, compose }: HttpRequest): Answer {
    if (url.endsWith('/oauth/token')) return answer(200, { access_token: 't', expires_in: 86_400 });
    const body = compose?.()?.body;
    if (url.endsWith('/query')) {
      this.queries.push(JSON.parse(body ?? '{}') as (typeof this.queries)[number]);
      const { pageNumber } = (this.queries.at(-1)?.paging ?? {}) as { pageNumber: number };
      const page = this.live.slice((pageNumber - 1) * 100, pageNumber * 100);
      return this.analytics?.() ?? answer(200, { conversations: page.map((conversationId) => ({ conversationId })) });
    }
    const id = url.split('/').at(-1) ?? '';
    this.asked.push(id);
    this.onRead(id);
    return this.calls.has(id) ? answer(200, this.#body(id)) : answer(404, { code: 'not.found' });
  }
}

describe('catching up after a gap', () => {
  let ground: Ground;

  beforeEach(() => {
    ground = new Ground();
  });
  afterEach(() => {
    ground.end();
  });

  it('reads again what was not heard of since, those first that somebody needs, then the last heard of', async () => {
    for (const id of ['a', 'b', 'c', 'd']) {
      ground.known(id);
      await ground.clock.advance(10);
    }
    const release = ground.registry.get('b')?.hold();
    ground.unheard('a', { attributes: { tier: 'gold' } });
    await ground.gap();
    expect(ground.asked).to.deep.equal(['b', 'd', 'c', 'a']);
    expect(ground.registry.get('a')?.snapshot.participants[0]?.attributes).to.deep.equal({ tier: 'gold' });
    expect(ground.registry.get('a')?.precondition('conversation')).to.deep.equal({ state: 'fresh', etag: '"2"' });
    expect(ground.log.of('gap.read')).to.deep.equal([{ read: 4, gone: 0, found: 0, tookMs: 0 }]);
    release?.();
  });

  it('reads nothing that told of itself after the gap, or is over', async () => {
    ground.known('a');
    ground.known('b');
    ground.known('c');
    ground.unheard('b', { state: 'terminated' });
    ground.event('b');
    ground.registry.gap();
    ground.catchUp.start(0);
    await ground.clock.advance(200);
    ground.unheard('a', {});
    ground.event('a');
    await ground.clock.advance(50);
    expect(ground.asked).to.deep.equal(['c']);
  });

  it('finds that a call has ended, and lets one go that the platform knows no more', async () => {
    ground.known('a');
    ground.known('b');
    ground.unheard('a', { state: 'terminated' });
    ground.calls.delete('b');
    await ground.gap();
    expect(ground.registry.get('a')?.over).to.equal(true);
    expect(ground.registry.get('b')).to.equal(undefined);
    expect(ground.log.of('conversation.ended')).to.have.length(2);
    expect(ground.log.of('gap.read')[0]).to.include({ read: 1, gone: 1 });
  });

  it('keeps one that the platform knows no more while somebody needs it', async () => {
    ground.known('a');
    const release = ground.registry.get('a')?.hold();
    ground.calls.delete('a');
    await ground.gap();
    expect(ground.registry.get('a')).not.to.equal(undefined);
    release?.();
  });

  it('does not take what was read for news when an event came meanwhile', async () => {
    ground.known('a');
    ground.onRead = (id): void => {
      ground.unheard(id, { attributes: { tier: 'new' } });
      ground.event(id);
      ground.calls.set(id, { version: 1, state: 'connected', attributes: { tier: 'old' } });
    };
    await ground.gap();
    expect(ground.registry.get('a')?.snapshot.participants[0]?.attributes).to.deep.equal({ tier: 'new' });
    expect(ground.log.of('gap.read')[0]).to.include({ read: 0 });
  });

  it('finds calls that began unseen, by their queues and users, and asks once more a minute later', async () => {
    ground.topics = [queue, 'v2.users.u1?conversations&presence', 'v2.users.u1.conversations', 'v2.x'];
    ground.calls.set('new', { version: 3, state: 'connected', attributes: {} });
    ground.live = ['new', 'nobody-knows'];
    const began = ground.clock.wall();
    await ground.gap();
    expect(ground.registry.get('new')?.snapshot.version).to.equal(3);
    expect(ground.log.of('gap.read')[0]).to.include({ found: 1 });
    const [query] = ground.queries;
    expect(query?.interval).to.equal(`${new Date(began - 60_000).toISOString()}/${new Date(began + 10_250).toISOString()}`);
    expect(query?.segmentFilters[0]?.predicates).to.deep.equal([
      { type: 'dimension', operator: 'matches', dimension: 'queueId', value: 'q1' },
      { type: 'dimension', operator: 'matches', dimension: 'userId', value: 'u1' },
    ]);
    ground.calls.set('late', { version: 1, state: 'connected', attributes: {} });
    ground.live = ['new', 'late'];
    await ground.clock.advance(60_000);
    expect(ground.registry.get('late')).not.to.equal(undefined);
    await ground.clock.advance(600_000);
    expect(ground.queries).to.have.length(2);
  });

  it('reads all pages of what began, and asks for many queues in turns', async () => {
    ground.live = Array.from({ length: 150 }, (_, index) => `n${index}`);
    for (const id of ground.live) ground.calls.set(id, { version: 1, state: 'connected', attributes: {} });
    await ground.gap();
    expect(ground.registry.size).to.equal(150);
    expect(ground.queries).to.have.length(2);
    ground.topics = Array.from({ length: 250 }, (_, index) => `v2.routing.queues.q${index}.conversations`);
    ground.live = [];
    ground.queries.length = 0;
    await ground.gap();
    expect(ground.queries.map(({ segmentFilters }) => segmentFilters[0]?.predicates.length)).to.deep.equal([100, 100, 50]);
  });

  it('searches for nothing at the start, or where no topic tells of a place', async () => {
    ground.catchUp.start(undefined);
    await ground.clock.advance(250);
    ground.topics = ['v2.x'];
    await ground.gap();
    expect(ground.queries).to.be.empty;
    expect(ground.log.of('gap.read')).to.be.empty;
  });

  it('says once that it may not search, and does the rest', async () => {
    ground.known('a');
    ground.analytics = (): Answer => answer(403, { code: 'missing.permissions' });
    await ground.gap();
    await ground.gap();
    expect(ground.log.of('gap.unsearched')).to.have.length(1);
    expect(ground.log.of('gap.unsearched')[0]).to.include({ status: 403, code: 'missing.permissions' });
    expect(ground.log.of('gap.read')).to.have.length(2);
    ground.analytics = (): Answer => answer(200, { conversations: 7 });
    await ground.gap();
    expect(ground.log.of('gap.unsearched')).to.have.length(1);
  });

  it('leaves calls to others while they are scarce', async () => {
    ground.end();
    ground = new Ground(60);
    for (let n = 0; n < 100; n += 1) ground.known(`c${n}`);
    await ground.gap();
    expect(ground.asked.length).to.be.within(10, 30);
    await ground.clock.advance(30_000);
    expect(ground.asked.length).to.be.within(30, 50);
    await ground.clock.advance(120_000);
    expect(ground.asked).to.have.length(100);
    expect(new Set(ground.asked).size).to.equal(100);
  });

  it('begins anew with a new gap, from the first moment on that was not sure', async () => {
    ground.live = ['n'];
    ground.analytics = (): Answer => answer(500);
    const since = ground.clock.wall();
    ground.catchUp.start(0);
    await ground.clock.advance(100);
    ground.catchUp.start(100);
    await ground.clock.advance(250);
    expect(ground.queries).to.have.length(1);
    expect(ground.queries[0]?.interval).to.match(new RegExp(`^${new Date(since - 60_000).toISOString()}`));
  });

  it('reads no more once it is stopped', async () => {
    ground.known('a');
    ground.catchUp.start(0);
    ground.catchUp.stop();
    await ground.clock.advance(1_000);
    expect(ground.asked).to.be.empty;
  });
});
