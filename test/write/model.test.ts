import { expect } from 'chai';
import fc from 'fast-check';
import { versionOfEtag } from '../../src/conversation/newest.js';
import type { Intent } from '../../src/intent/intent.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import type { IntentStore } from '../../src/intent/store/store.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { FakePlatform, type Fate } from '../support/fake-platform.js';
import { Writing } from '../support/writing.js';

/**
 * The reference model of the promises 1 to 7 of design.md: what was acknowledged, and so must stand in the end; what
 * somebody else wrote; and how often a value of ours was overwritten, which happens less often than `reassert` allows.
 */
interface Model {
  wanted: Record<string, string>;
  theirs: Record<string, string>;
  overwrites: number;
}

/** Runs; `.ci/run` asks for more. */
const runs = Number(process.env['MODEL_RUNS'] ?? 120);

/** Less than the default of `write.reassert`. */
const mostOverwrites = 2;

/** What a run is like from its beginning to its end. */
interface Setting {
  events: 'version' | 'etag' | 'none';
  target: 'voice' | 'voice-conversation';
  policy: 'adaptive' | 'debounce' | 'immediate';
  conflictEtag: boolean;
  latencies: { connect: number; up: number; down: number }[];
  /** How long the disk takes, in ms. */
  disk: number;
}

/** A disk that takes its time: what it has not done when the process dies is lost. */
class SlowDisk implements IntentStore {
  readonly durable = true;
  readonly #kept = new MemoryStore();
  #process = 0;

  readonly #clock: FakeClock;
  readonly #ms: number;

  constructor(clock: FakeClock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  async add(intent: Intent): Promise<number> {
    await this.put(intent);
    return intent.sequence;
  }

  async put(intent: Intent): Promise<void> {
    await this.#write(() => this.#kept.put(intent));
  }

  async delete(id: string): Promise<void> {
    await this.#write(() => this.#kept.delete(id));
  }

  all(): Intent[] {
    return this.#kept.all();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The process that uses it dies. */
  crash(): void {
    this.#process += 1;
  }

  async #write(write: () => Promise<void>): Promise<void> {
    const process = this.#process;
    if (this.#ms > 0) await new Promise<void>((resolve) => this.#clock.after(this.#ms, resolve));
    // nobody hears of what a dead process wrote, and it was not written
    if (process !== this.#process) await new Promise(() => undefined);
    await write();
  }
}

/** The real thing: a process on a world that outlives it. */
class System {
  readonly clock = new FakeClock();
  readonly disk: SlowDisk;
  readonly platform: FakePlatform;
  house: Writing;
  /** What the next requests meet. */
  readonly fates: Fate[] = [];
  /** Broken promises, as they were seen. */
  readonly broken: string[] = [];
  readonly #setting: Setting;
  #told = 0;
  #throttledUntil = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.disk = new SlowDisk(this.clock, setting.disk);
    let turn = 0;
    this.platform = new FakePlatform({
      clock: this.clock,
      conflictEtag: setting.conflictEtag,
      latency: () => setting.latencies[turn++ % setting.latencies.length] ?? { connect: 0, up: 0, down: 0 },
      fate: ({ method }) => (method === 'PATCH' || method === 'GET' ? this.fates.shift() : undefined) ?? { kind: 'served' },
    });
    this.platform.onComposed = (ifMatch) => {
      if (setting.events === 'version' && (versionOfEtag(ifMatch) ?? 0) < this.#told)
        this.broken.push(`${ifMatch} although ${this.#told} was known`);
      if (this.clock.now() < this.#throttledUntil) this.broken.push('a request although Retry-After ran');
    };
    this.house = this.#start();
    this.event(this.platform.version);
  }

  event(version: number): void {
    if (this.#setting.events === 'version') this.#told = Math.max(this.#told, version);
    this.house.event({ version: Math.max(1, version) });
  }

  throttle(seconds: number): void {
    this.house.budget.learn(429, { 'retry-after': String(seconds) });
    this.#throttledUntil = this.clock.now() + seconds * 1000;
  }

  /** SIGKILL, and a new process on what is left. */
  restart(): void {
    this.house.kill();
    this.disk.crash();
    // what the dead process was told, and what it was forbidden, died with it
    this.#told = 0;
    this.#throttledUntil = 0;
    this.house = this.#start();
    this.house.recover();
  }

  #start(): Writing {
    const { events, target, policy } = this.#setting;
    const house = new Writing({ settings: { policy }, target, events }, { clock: this.clock, platform: this.platform, store: this.disk });
    house.onAnswer = ({ headers }) => (this.#told = Math.max(this.#told, versionOfEtag(headers['etag']) ?? 0));
    return house;
  }
}

type Command = fc.AsyncCommand<Model, System>;

class Wish implements Command {
  readonly key: string;
  readonly value: string;

  constructor(key: string, value: string) {
    this.key = key;
    this.value = value;
  }
  check = (): boolean => true;
  async run(model: Model, system: System): Promise<void> {
    let acknowledged = false;
    const wish = system.house.wish({ [this.key]: this.value }).then(() => (acknowledged = true));
    await system.clock.advance(20);
    await settled();
    expect(acknowledged, 'acknowledged').to.equal(true);
    await wish;
    model.wanted[this.key] = this.value;
  }
  toString = (): string => `wish ${this.key}=${this.value}`;
}

/** A wish whose process dies before it was acknowledged: it may not stand in the end, and nothing else may suffer. */
class WishAndDie implements Command {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
  check = (): boolean => true;
  async run(_: Model, system: System): Promise<void> {
    void system.house.wish({ unacknowledged: this.value });
    system.restart();
    await settled();
  }
  toString = (): string => `wish and die`;
}

class Pass implements Command {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
  check = (): boolean => true;
  run = (_: Model, { clock }: System): Promise<void> => clock.advance(this.ms);
  toString = (): string => `${this.ms} ms pass`;
}

class Happens implements Command {
  readonly what: string;
  readonly happen: (system: System) => void;

  constructor(what: string, happen: (system: System) => void) {
    this.what = what;
    this.happen = happen;
  }
  check = (): boolean => true;
  async run(_: Model, system: System): Promise<void> {
    this.happen(system);
    await settled();
  }
  toString = (): string => this.what;
}

class TheyWrite implements Command {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
  check = (): boolean => true;
  async run(model: Model, { platform }: System): Promise<void> {
    platform.bump();
    platform.attributes['theirs'] = this.value;
    model.theirs['theirs'] = this.value;
    await settled();
  }
  toString = (): string => `they write ${this.value}`;
}

/** The end of a flow reverts what was written; its event comes at some time. */
class TheyOverwrite implements Command {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }
  check = ({ overwrites }: Readonly<Model>): boolean => overwrites < mostOverwrites;
  async run(model: Model, { platform }: System): Promise<void> {
    if (platform.attributes[this.key] === undefined) return;
    platform.bump();
    platform.attributes[this.key] = 'overwritten';
    model.overwrites += 1;
    await settled();
  }
  toString = (): string => `they overwrite ${this.key}`;
}

const key = fc.constantFrom('a', 'b');
const ms = fc.integer({ min: 1, max: 60 });
const happens = (what: string, happen: (system: System) => void): fc.Arbitrary<Command> => fc.constant(new Happens(what, happen));
const meets = (what: string, fate: Fate): fc.Arbitrary<Command> =>
  happens(`the next request is ${what}`, ({ fates }) => {
    fates.push(fate);
  });

const commands: fc.Arbitrary<Command>[] = [
  ms.map((time) => new Pass(time)),
  ms.map((time) => new Pass(time)),
  fc.integer({ min: 100, max: 15_000 }).map((time) => new Pass(time)),
  fc.tuple(key, fc.constantFrom('1', '2', '3')).map(([name, value]) => new Wish(name, value)),
  fc.constant(new WishAndDie('x')),
  happens('a bump', ({ platform }) => {
    platform.bump();
  }),
  happens('an event', (system) => {
    system.event(system.platform.version);
  }),
  happens('a late event', (system) => {
    system.event(system.platform.version - 1);
  }),
  happens('a gap', ({ house }) => {
    house.registry.gap();
  }),
  fc.constantFrom('x', 'y').map((value) => new TheyWrite(value)),
  key.map((name) => new TheyOverwrite(name)),
  happens('a crash and a restart', (system) => {
    system.restart();
  }),
  happens('a 429', (system) => {
    system.throttle(2);
  }),
  meets('lost on its way', { kind: 'unsent' }),
  meets('not answered', { kind: 'unanswered' }),
  meets('answered by a 503, and carried out', { kind: 'answered', status: 503, carriedOut: true }),
  meets('answered by a 503', { kind: 'answered', status: 503 }),
];

const setting: fc.Arbitrary<Setting> = fc.record({
  events: fc.constantFrom('version' as const, 'etag' as const, 'none' as const),
  target: fc.constantFrom('voice' as const, 'voice-conversation' as const),
  policy: fc.constantFrom('adaptive' as const, 'debounce' as const, 'immediate' as const),
  conflictEtag: fc.boolean(),
  latencies: fc.array(
    fc.record({ connect: fc.integer({ min: 0, max: 40 }), up: fc.integer({ min: 0, max: 60 }), down: fc.integer({ min: 0, max: 60 }) }),
    { minLength: 1, maxLength: 6 },
  ),
  disk: fc.integer({ min: 0, max: 10 }),
});

describe('the model of the promises', () => {
  it('holds whatever happens, crashes and restarts among it: what was acknowledged stands in the end, and is proven', () =>
    fc.assert(
      fc.asyncProperty(setting, fc.commands(commands, { maxCommands: 40, size: '+1' }), async (drawn, sequence) => {
        const system = new System(drawn);
        const model: Model = { wanted: {}, theirs: {}, overwrites: 0 };
        await fc.asyncModelRun(() => ({ model, real: system }), sequence);
        // everybody else is quiet, the platform serves, and a last event shows how things are
        system.fates.length = 0;
        await system.clock.advance(60_000);
        system.event(system.platform.version);
        await system.clock.advance(600_000);
        const { house, platform, broken } = system;
        const attributes = Object.fromEntries(Object.entries(platform.attributes).filter(([name]) => name !== 'unacknowledged'));
        const satisfied = new Set(
          house.outbox.of('c1').flatMap(({ state, attributes: set }) => (state === 'satisfied' ? Object.keys(set ?? {}) : [])),
        );
        // a value that stood already was not written by us, and is not defended
        const ours = Object.fromEntries(
          Object.entries(model.wanted).map(([name, value]) => [
            name,
            attributes[name] === 'overwritten' && satisfied.has(name) ? 'overwritten' : value,
          ]),
        );
        expect(attributes).to.deep.equal({ ...ours, ...model.theirs });
        for (const { state } of house.outbox.of('c1')) expect(state).to.be.oneOf(['confirmed', 'satisfied', 'superseded']);
        expect(house.writer.pending + house.writer.unconfirmed).to.equal(0);
        expect(broken).to.deep.equal([]);
      }),
      { numRuns: runs },
    ));
});
