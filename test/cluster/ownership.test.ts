import { expect } from 'chai';
import fc from 'fast-check';
import type { Clock, Timer } from '../../src/base/clock.js';
import { Deadlines } from '../../src/base/deadlines.js';
import { Leases } from '../../src/cluster/leases.js';
import { Members } from '../../src/cluster/members.js';
import { MemoryCoordinator } from '../../src/cluster/memory/coordinator.js';
import { MemoryEngine } from '../../src/cluster/memory/engine.js';
import { PartitionDesk } from '../../src/cluster/partition-desk.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const ttl = 1_000;
const partitions = 12;

/** A process' clock: while it is frozen time goes on, and its timers run when it wakes. */
class FreezableClock implements Clock {
  readonly #clock: FakeClock;
  #late: (() => void)[] | undefined;
  /** The machine was suspended for so long: its wall clock tells, its monotonic one does not. */
  slept = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() - this.slept;
  }

  wall(): number {
    return this.#clock.wall();
  }

  after(delay: number, run: () => void): Timer {
    let cancelled = false;
    const timer = this.#clock.after(delay, () => {
      if (cancelled) return;
      if (this.#late === undefined) run();
      else this.#late.push(run);
    });
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  freeze(): void {
    this.#late ??= [];
  }

  wake(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const run of late) run();
  }
}

/** One instance, as far as ownership goes. */
class Instance {
  readonly name: string;
  readonly clock: FreezableClock;
  readonly connection: MemoryCoordinator;
  readonly desk: PartitionDesk;
  readonly log = new RecordingLog();
  readonly #leases: Leases;
  readonly #members: Members;
  frozen = false;
  over = false;

  constructor(engine: MemoryEngine, clock: FakeClock, name: string, session: string) {
    this.name = name;
    this.clock = new FreezableClock(clock);
    this.connection = new MemoryCoordinator(engine);
    const base = { clock: this.clock, deadlines: new Deadlines(this.clock), log: this.log, instance: name };
    this.#leases = new Leases({ ...base, store: this.connection.leases, session });
    this.#members = new Members({ ...base, leases: this.#leases });
    this.desk = new PartitionDesk({
      ...base,
      leases: this.#leases,
      members: this.#members,
      count: partitions,
      onTaken: () => Promise.resolve(),
      onLeaving: () => Promise.resolve(),
      onGone: () => undefined,
    });
    this.#leases.changes.subscribe(() => {
      void this.#members.join();
      this.desk.reconsider();
    });
  }

  async start(): Promise<this> {
    await this.#leases.start();
    return this;
  }

  unable(): void {
    this.#members.tell({ able: false, token: undefined });
  }

  /** It neither hears nor does anything. */
  freeze(): void {
    this.frozen = true;
    this.clock.freeze();
    this.connection.cut();
  }

  wake(): void {
    this.frozen = false;
    this.connection.mend();
    this.clock.wake();
  }

  /** The machine is suspended, and wakes: its monotonic clock has stood still. */
  suspend(ms: number): void {
    this.clock.slept += ms;
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.desk.stop();
    await this.#members.leave();
    await this.#leases.stop();
  }

  /** Partitions that it believes to own, with their fences. */
  get believes(): Map<number, number> {
    const found = new Map<number, number>();
    for (let partition = 0; partition < partitions; partition += 1) {
      const lease = this.desk.lease(partition);
      if (lease !== undefined && lease.left() > 0) found.set(partition, lease.fence);
    }
    return found;
  }
}

/** Several instances around one engine, watched at every step. */
class Arena {
  readonly clock = new FakeClock();
  readonly engine = new MemoryEngine({ clock: this.clock, leaseTtl: ttl });
  readonly instances: Instance[] = [];
  readonly #fences = new Map<number, number>();
  #sessions = 0;

  async add(): Promise<Instance> {
    this.#sessions += 1;
    const instance = new Instance(this.engine, this.clock, `vm-${this.#sessions}`, `session-${this.#sessions}`);
    this.instances.push(instance);
    return instance.start();
  }

  get alive(): Instance[] {
    return this.instances.filter(({ over, frozen }) => !over && !frozen);
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      await this.clock.advance(20);
      this.check();
    }
  }

  check(): void {
    const owners = new Map<number, string>();
    for (const { name, believes } of this.instances) {
      for (const [partition, fence] of believes) {
        expect(owners.get(partition), `two owners of partition ${partition}: ${String(owners.get(partition))} and ${name}`).to.equal(
          undefined,
        );
        owners.set(partition, name);
        expect(fence, `the fence of partition ${partition}`).to.be.at.least(this.#fences.get(partition) ?? 0);
        this.#fences.set(partition, fence);
      }
    }
  }

  expectBalance(instances: readonly Instance[]): void {
    const shares = instances.map(({ believes }) => believes.size);
    expect(shares.reduce((sum, share) => sum + share, 0)).to.equal(partitions);
    expect(Math.max(...shares) - Math.min(...shares)).to.be.at.most(1);
  }
}

describe('the ownership of partitions', () => {
  it('is shared by all, and moves to a newcomer only what is due to it', async () => {
    const arena = new Arena();
    await arena.add();
    await arena.pass(200);
    await arena.add();
    await arena.pass(200);
    arena.expectBalance(arena.instances);
    const before = arena.instances.map(({ believes }) => [...believes.keys()]);
    const newcomer = await arena.add();
    await arena.pass(200);
    arena.expectBalance(arena.instances);
    const moved = arena.instances
      .slice(0, 2)
      .map(({ believes }, index) => (before[index] ?? []).filter((partition) => !believes.has(partition)));
    expect(moved.flat()).to.have.members([...newcomer.believes.keys()]);
    expect(newcomer.believes.size).to.equal(4);
  });

  it('goes to the others at once when one leaves in order', async () => {
    const arena = new Arena();
    const [one, other] = [await arena.add(), await arena.add()];
    await arena.pass(300);
    await other.stop();
    await arena.pass(ttl / 5);
    expect(one.believes.size).to.equal(partitions);
  });

  it('goes to the others within the time to live and a little when one is killed or frozen, and is not believed in by a woken one', async () => {
    const arena = new Arena();
    const [one, other] = [await arena.add(), await arena.add()];
    await arena.pass(300);
    other.freeze();
    await arena.pass(ttl + ttl / 5);
    expect(one.believes.size).to.equal(partitions);
    expect(other.believes.size).to.equal(0);
    other.wake();
    await arena.pass(400);
    arena.expectBalance(arena.instances);
  });

  it('is over for a machine that was suspended, although its monotonic clock stood still', async () => {
    const arena = new Arena();
    const [one, other] = [await arena.add(), await arena.add()];
    await arena.pass(300);
    const before = other.believes.size;
    expect(before).to.be.above(0);
    other.freeze();
    await arena.pass(2 * ttl);
    other.suspend(2 * ttl);
    expect(other.believes.size).to.equal(0);
    expect(one.believes.size).to.equal(partitions);
    other.wake();
    await arena.pass(400);
    arena.expectBalance(arena.instances);
  });

  it('is handed to those that reach the platform', async () => {
    const arena = new Arena();
    const [one, other] = [await arena.add(), await arena.add()];
    await arena.pass(300);
    one.unable();
    await arena.pass(ttl / 2);
    expect(other.believes.size).to.equal(partitions);
  });

  it('has never two owners whatever happens, its fences only grow, and all is owned and balanced in the end', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constantFrom('add', 'stop', 'freeze', 'wake', 'cut', 'mend'), of: fc.nat(5), ms: fc.nat(1_500) }),
      fc.record({ kind: fc.constant('pass'), of: fc.constant(0), ms: fc.nat(3_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
        const arena = new Arena();
        await arena.add();
        for (const { kind, of, ms } of actions) {
          const instance = arena.instances[of % arena.instances.length];
          if (kind === 'add' && arena.instances.length < 6) await arena.add();
          if (instance !== undefined && !instance.over) {
            if (kind === 'stop' && !instance.frozen) await instance.stop();
            if (kind === 'freeze') instance.freeze();
            if (kind === 'wake' && instance.frozen) instance.wake();
            if (kind === 'cut' && !instance.frozen) instance.connection.cut();
            if (kind === 'mend' && !instance.frozen) instance.connection.mend();
          }
          await arena.pass(ms);
        }
        for (const instance of arena.alive) instance.connection.mend();
        if (arena.alive.length === 0) await arena.add();
        await arena.pass(3 * ttl);
        arena.expectBalance(arena.alive);
      }),
      { numRuns: 60 },
    );
  });
});
