import type { Clock } from '../../base/clock.js';
import type { Deadline, Deadlines } from '../../base/deadlines.js';
import type { World } from '../platform/world.js';
import type { Random } from '../random.js';
import { Call } from './call.js';
import { flowAttributes, flowEndDelay, withFlowEnd } from './flow.js';
import { script, type ScriptOptions, type Step } from './script.js';

export interface EngineOptions extends ScriptOptions {
  /** New calls a minute. */
  perMinute: number;
  /** Calls in all; undefined goes on for ever. */
  most: number | undefined;
  /** Share of calls whose flow reverts what others wrote to the customer's attributes. */
  flowReverts: number;
}

export interface EngineDeps {
  clock: Clock;
  deadlines: Deadlines;
  world: World;
  random: Random;
  /** Numbers from which customers call. */
  callers: readonly string[];
  /** Called right after each action of a call. */
  onAction: (call: Call, step: Step) => void;
}

/** Ended calls are kept so long, in ms, so that late writes and reads still find them. */
const keepEnded = 600_000;

/** Lets calls arrive and live by their scripts. The same seed gives the same calls, whoever listens. */
export class CallEngine {
  readonly calls: Call[] = [];
  readonly #deps: EngineDeps;
  readonly #options: EngineOptions;
  readonly #waiting = new Set<Deadline>();
  #started = 0;
  #finished = 0;
  #onDone: () => void = () => undefined;
  /** Resolves when all calls of a bounded number have ended. */
  readonly done: Promise<void>;

  constructor(deps: EngineDeps, options: EngineOptions) {
    this.#deps = deps;
    this.#options = options;
    this.done = new Promise((resolve) => (this.#onDone = resolve));
  }

  /** Calls that have not ended. */
  get live(): number {
    return this.#started - this.#finished;
  }

  start(): void {
    this.#arrive();
  }

  stop(): void {
    for (const deadline of this.#waiting) deadline.cancel();
    this.#waiting.clear();
  }

  /** Starts one call by its script; returns it. */
  startCall(): Call {
    const { world, random, callers } = this.#deps;
    const own = random.fork(this.#started);
    const flow = own.fork(2);
    const reverts = flow.chance(this.#options.flowReverts);
    const ani = callers[this.#started % callers.length] ?? '+15550000000';
    const call = new Call(world, ani, own.fork(0), reverts ? flowAttributes : {});
    this.#started += 1;
    this.calls.push(call);
    const steps = script(this.#options, own.fork(1));
    this.#play(call, reverts ? withFlowEnd(steps, flow.between(flowEndDelay) / this.#options.pace) : steps);
    return call;
  }

  #arrive(): void {
    const { most, perMinute } = this.#options;
    if (most !== undefined && this.#started >= most) return;
    this.startCall();
    this.#later(60_000 / perMinute, () => {
      this.#arrive();
    });
  }

  #play(call: Call, steps: Generator<Step>): void {
    const next = steps.next();
    if (next.done === true) {
      this.#finish(call);
      return;
    }
    this.#later(next.value.after, () => {
      call.perform(next.value.action);
      this.#deps.onAction(call, next.value);
      this.#play(call, steps);
    });
  }

  #finish(call: Call): void {
    this.#finished += 1;
    if (this.#finished === this.#options.most) this.#onDone();
    // a bounded number of calls is judged at the end; an endless one must not pile up
    if (this.#options.most !== undefined) return;
    this.#later(keepEnded, () => {
      this.#deps.world.conversations.delete(call.id);
      this.calls.splice(this.calls.indexOf(call), 1);
    });
  }

  #later(delay: number, run: () => void): void {
    const deadline = this.#deps.deadlines.after(delay, () => {
      this.#waiting.delete(deadline);
      run();
    });
    this.#waiting.add(deadline);
  }
}
