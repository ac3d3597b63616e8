import type { Call } from '../../../src/simulator/calls/call.js';
import type { Random } from '../../../src/simulator/random.js';
import type { Instance } from './instance.js';

/** How long an instance may take to answer before another one is asked, in ms. */
const patience = 5_000;

/**
 * For how long a wish is offered before it counts as not accepted, and how long between two offers, in ms. A cluster of NATS servers
 * takes nothing while it chooses a leader: nine seconds, and as long again where nobody is chosen at first.
 */
const offered = 30_000;
const betweenOffers = 100;

/** Keys that a call is wished for, one wish of each at a time. */
const slots = 3;

/** One key of one call, with one writer: so the order of its wishes is known. */
interface Slot {
  call: Call;
  /** Names the key; another one once it cannot be known whether a wish that nobody answered will still be taken. */
  generation: number;
  busy: boolean;
}

/** A wish that was answered 202 or 200. */
export interface Accepted {
  call: Call;
  key: string;
  value: string;
  /** When it was answered (wall clock, ms), and how long that took since it was first offered. */
  at: number;
  tookMs: number;
}

export interface WishesDeps {
  random: Random;
  instances: readonly Instance[];
}

/** Wishes for many calls at a steady rate, each through an instance drawn at random, and through another where that one is dead. */
export class Wishes {
  readonly accepted: Accepted[] = [];
  /** Offered in vain, to everybody. */
  refused = 0;
  /** What each refusal said, for who looks why. */
  readonly answers = new Map<string, number>();
  readonly #deps: WishesDeps;
  readonly #slots: Slot[] = [];
  readonly #names = new Map<Call, number>();
  readonly #open = new Set<Promise<void>>();
  #value = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: WishesDeps) {
    this.#deps = deps;
  }

  /** Wishes for this call too from now on. */
  add(call: Call): void {
    for (let slot = 0; slot < slots; slot += 1) this.#slots.push({ call, generation: this.#nextName(call), busy: false });
  }

  /** Begins to make so many wishes a second. */
  start(perSecond: number): void {
    this.#timer = setInterval(() => {
      const free = this.#slots.filter(({ busy }) => !busy);
      if (free.length > 0) this.#begin(this.#deps.random.pick(free), this.#deps.instances);
    }, 1_000 / perSecond);
  }

  /** One wish for each call at once, through others than these instances. */
  burst(without: readonly Instance[]): void {
    const through = this.#deps.instances.filter((instance) => !without.includes(instance));
    const calls = new Set<Call>();
    for (const slot of this.#slots) {
      if (slot.busy || calls.has(slot.call)) continue;
      calls.add(slot.call);
      this.#begin(slot, through);
    }
  }

  /** Makes no more; resolves when each of them was answered, or refused by all. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  /** The value that the last accepted wish for each key wants, and how many there were. */
  wanted(): { call: Call; key: string; value: string; wishes: number }[] {
    const wanted = new Map<string, { call: Call; key: string; value: string; wishes: number }>();
    for (const { call, key, value } of this.accepted) {
      const place = `${call.id}/${key}`;
      wanted.set(place, { call, key, value, wishes: (wanted.get(place)?.wishes ?? 0) + 1 });
    }
    return [...wanted.values()];
  }

  #begin(slot: Slot, through: readonly Instance[]): void {
    slot.busy = true;
    this.#value += 1;
    const wish = this.#offer(slot, through, String(this.#value)).finally(() => {
      slot.busy = false;
      this.#open.delete(wish);
    });
    this.#open.add(wish);
  }

  async #offer(slot: Slot, through: readonly Instance[], value: string): Promise<void> {
    const { call } = slot;
    const key = `wish${slot.generation}`;
    const begun = Date.now();
    let doubtful = false;
    while (Date.now() - begun < offered) {
      const outcome = await put(this.#deps.random.pick(through), call, { [key]: value });
      if (outcome === 'accepted') {
        this.accepted.push({ call, key, value, at: Date.now(), tookMs: Date.now() - begun });
        // an offer that nobody answered may be taken yet, after the next wish for the key
        if (doubtful) slot.generation = this.#nextName(call);
        return;
      }
      doubtful ||= outcome !== 'nobody there';
      this.answers.set(outcome, (this.answers.get(outcome) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, betweenOffers));
    }
    this.refused += 1;
    slot.generation = this.#nextName(call);
  }

  #nextName(call: Call): number {
    const name = (this.#names.get(call) ?? 0) + 1;
    this.#names.set(call, name);
    return name;
  }
}

/** What came of an offer: `accepted`, `nobody there` (then it was surely not taken), or a status or fault that leaves it open. */
async function put({ address }: Instance, call: Call, attributes: Record<string, string>): Promise<string> {
  try {
    const answer = await fetch(`http://${address}/conversations/${call.id}/participants/@customer/attributes`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ attributes }),
      signal: AbortSignal.timeout(patience),
    });
    const text = await answer.text();
    return answer.status === 202 || answer.status === 200 ? 'accepted' : `${answer.status} ${text}`;
  } catch (error) {
    const { cause, name } = error as Error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : name;
    return code === 'ECONNREFUSED' ? 'nobody there' : code;
  }
}
