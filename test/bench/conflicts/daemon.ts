import type { WriteConfig } from '../../../src/config/schema.js';
import type { Answer } from '../../../src/genesys/answer.js';
import { NoAnswer, Withdrawn } from '../../../src/genesys/errors.js';
import type { HttpRequest } from '../../../src/genesys/http.js';
import { Random } from '../../../src/simulator/random.js';
import { CountingLog } from '../../support/counting-log.js';
import { FakeClock } from '../../support/fake-clock.js';
import { Writing } from '../../support/writing.js';
import { knownAt, type Result } from './peers.js';
import { eventDelay, versionAt, within, type World } from './world.js';

/** After a wish has come home the call goes on for so long: its burst ends, and is learnt from. In ms. */
const afterwards = 3_000;

/** What came earlier than so many ms before the wish is nothing to a policy that does not learn. */
const remembered = 5_000;

/** Between two calls, in ms: what the last one left behind comes to its end. */
const between = 20_000;

/** What is wished for a call, and when (the call's time, ms). */
export interface Wished {
  at: number;
  attributes: Record<string, string>;
}

/** The call that lives at the moment. */
class Scene {
  readonly world: World;
  readonly id: string;
  /** The clock's time at which it began. */
  readonly base: number;
  readonly echoes: Random;
  readonly attributes: Record<string, string> = {};
  requests = 0;
  /** Of each own write, how many times the version had been bumped by others before it. */
  readonly writes: number[] = [];
  /** When all that is wished stood (the call's time). */
  homeAt: number | undefined;
  readonly #wanted: Readonly<Record<string, string>>;

  constructor(world: World, base: number, wanted: Readonly<Record<string, string>>) {
    this.world = world;
    this.base = base;
    this.id = `c${world.seed}`;
    this.echoes = new Random(world.seed).fork(9);
    this.#wanted = wanted;
  }

  /** The version at the server. */
  versionAt(at: number): number {
    return versionAt(this.world.bumps, at) + this.writes.length;
  }

  /** What the event of a bump tells: the version that it made among the own writes. */
  versionOf(bumped: number): number {
    return bumped + this.writes.filter((before) => before < bumped).length;
  }

  write(at: number, attributes: Record<string, string>): void {
    this.writes.push(versionAt(this.world.bumps, at));
    Object.assign(this.attributes, attributes);
    if (Object.entries(this.#wanted).every(([key, value]) => this.attributes[key] === value)) this.homeAt ??= at;
  }
}

/**
 * This daemon's registry, writer, budget and outbox on a virtual clock: one that lives on while call after call begins,
 * is wished for, and ends. What it learns from one it knows at the next.
 */
export class DaemonUnderTest {
  readonly #clock = new FakeClock();
  readonly #house: Writing;
  readonly #learns: boolean;
  #scene: Scene | undefined;

  constructor(policy: WriteConfig['policy']) {
    this.#learns = policy === 'adaptive';
    const random = new Random(1).fork(1);
    this.#house = new Writing({
      clock: this.#clock,
      log: new CountingLog(),
      random: () => random.next(),
      settings: { policy },
      exchange: (request) => this.#exchange(request),
      perMinute: 10_000,
      keepFinished: 1_000,
      max: 100,
    });
  }

  /** Lets a call live, and tells when all that was wished for it stood, counted from the first wish. */
  async meet(world: World, wished: readonly Wished[] = [{ at: world.wishedAt, attributes: { tier: 'gold' } }]): Promise<Result> {
    const wanted = Object.fromEntries(wished.flatMap(({ attributes }) => Object.entries(attributes)));
    const scene = new Scene(world, this.#clock.now(), wanted);
    this.#scene = scene;
    let index = 0;
    const next = (): number => world.events[index]?.at ?? Infinity;
    const tell = (): void => {
      const event = world.events[index];
      index += 1;
      if (event !== undefined) this.#observe(scene, scene.versionOf(event.version));
    };
    const first = wished[0]?.at ?? world.wishedAt;
    while (!this.#learns && next() < first - remembered) index += 1;
    if (index > 0) this.#observe(scene, knownAt(world, first - remembered));
    // nothing is pending before the wish: no promise has to settle between these events
    while (next() <= first) {
      this.#clock.leap(scene.base + next());
      tell();
    }
    let wish = 0;
    for (let now = first; now < first + within;) {
      now = Math.min(next(), wished[wish]?.at ?? Infinity, first + within);
      await this.#clock.advance(Math.max(0, scene.base + now - this.#clock.now()));
      // what comes next of others may be the first event of a burst that the call does not live to see
      if (scene.homeAt !== undefined) break;
      if (next() <= now) tell();
      for (; Number(wished[wish]?.at) <= now; wish += 1) void this.#house.wish(wished[wish]?.attributes ?? {}, { id: 'p' }, scene.id);
    }
    // it is home: its answer and its echo come between the events of others
    while (scene.homeAt !== undefined && next() <= scene.homeAt + afterwards) {
      await this.#clock.advance(Math.max(0, scene.base + next() - this.#clock.now()));
      tell();
    }
    this.#observe(scene, scene.versionAt(Infinity) + 1, 'disconnected');
    await this.#clock.advance(between);
    return { tookMs: scene.homeAt === undefined ? undefined : scene.homeAt - first, requests: scene.requests };
  }

  #observe(scene: Scene, version: number, state = 'connected'): void {
    this.#house.registry.observe({
      topicName: 'v2.routing.queues.q.conversations.calls',
      eventBody: { id: scene.id, version, participants: [{ id: 'p', purpose: 'customer', state, attributes: { ...scene.attributes } }] },
      metadata: {},
    });
  }

  async #exchange(request: HttpRequest): Promise<Answer> {
    if (request.url.endsWith('/oauth/token')) return answerWith(200, { access_token: 'token', expires_in: 86_400_000 });
    const scene = this.#scene;
    const composed = request.compose?.();
    if (scene === undefined) throw new NoAnswer(request.url, 'there is no call', false);
    if (request.compose !== undefined && composed === undefined) throw new Withdrawn();
    const { up, down } = scene.world.request(scene.requests);
    scene.requests += 1;
    await this.#pass(up);
    const at = this.#clock.now() - scene.base;
    const before = scene.versionAt(at);
    const refused = request.method === 'PATCH' && composed?.headers?.['if-match'] !== `"${before}"`;
    if (request.method === 'PATCH' && !refused) {
      const { attributes } = JSON.parse(composed?.body ?? '{}') as { attributes: Record<string, string> };
      scene.write(at, attributes);
      const version = scene.versionAt(at);
      this.#clock.after(eventDelay(scene.echoes), () => {
        if (this.#scene === scene) this.#observe(scene, version);
      });
    }
    const version = scene.versionAt(at);
    const shown = { id: 'p', purpose: 'customer', state: 'connected', attributes: { ...scene.attributes } };
    await this.#pass(down);
    return refused ? answerWith(409, { code: 'general.conflict', status: 409 }, version) : answerWith(200, shown, version);
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

function answerWith(status: number, body: unknown, version?: number): Answer {
  return {
    status,
    headers: version === undefined ? {} : { etag: `"${version}"` },
    body,
    code: status === 409 ? 'general.conflict' : undefined,
    correlationId: undefined,
  };
}
