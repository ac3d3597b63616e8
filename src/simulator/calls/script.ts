import type { Random, Range } from '../random.js';
import { waits, type Churn } from './profile.js';

/** Something that happens to a call. */
export type Action =
  | { do: 'start' }
  | { do: 'dtmf' }
  | { do: 'enter-queue'; queueId: string }
  | { do: 'flow-end' }
  | { do: 'alert'; userId: string }
  | { do: 'decline' }
  | { do: 'connect' }
  | { do: 'bump' }
  | { do: 'transfer'; queueId: string }
  | { do: 'hang-up' }
  | { do: 'wrap-up' };

/** An action, so many ms after the one before. */
export interface Step {
  after: number;
  action: Action;
}

export interface ScriptOptions {
  churn: Churn;
  queues: readonly string[];
  users: readonly string[];
  /** How long people talk, in ms. */
  talkMs: Range;
  /** Shares of calls. */
  declined: number;
  transferred: number;
  /** Waits of the scripted parts are divided by this. */
  pace: number;
}

/** Snapshots that follow an action within a second (genesys-cloud.md §4: 2–4, the action's own among them). */
const echoes: Range = [1, 3];

/**
 * What happens to one inbound call, in the rhythm of genesys-cloud.md §4: IVR with DTMF, queue, declined alerts,
 * connect, churn while people talk, perhaps a transfer, hang-up, after-call work.
 */
export function* script(options: ScriptOptions, random: Random): Generator<Step> {
  const { queues, users, talkMs, declined, transferred, pace } = options;
  const step = (range: Range, action: Action): Step => ({ after: random.between(range) / pace, action });
  const settle = function* (): Generator<Step> {
    for (let count = random.int(echoes); count > 0; count -= 1) yield { after: random.between([40, 250]), action: { do: 'bump' } };
  };
  const queueing = function* (queueId: string): Generator<Step> {
    yield step([100, 400], { do: 'enter-queue', queueId });
    yield* settle();
    for (let count = random.int([0, 2]); count > 0; count -= 1) yield step([300, 900], { do: 'dtmf' });
    while (random.chance(declined)) {
      yield step([500, 2_000], { do: 'alert', userId: random.pick(users) });
      yield* settle();
      yield step([1_000, 3_000], { do: 'decline' });
    }
    yield step([500, 2_000], { do: 'alert', userId: random.pick(users) });
    yield* settle();
    yield step([800, 3_000], { do: 'connect' });
    yield* settle();
  };
  const talking = function* (ms: number): Generator<Step> {
    let spent = 0;
    for (const after of waits(options.churn, random)) {
      spent += after;
      if (spent > ms) return;
      yield { after, action: { do: 'bump' } };
    }
  };

  yield { after: 0, action: { do: 'start' } };
  for (let count = random.int([2, 4]); count > 0; count -= 1) yield step([200, 800], { do: 'dtmf' });
  yield* queueing(random.pick(queues));
  const talk = random.between(talkMs);
  if (random.chance(transferred)) {
    yield* talking(talk / 2);
    const queueId = random.pick(queues);
    yield step([200, 500], { do: 'transfer', queueId });
    yield* queueing(queueId);
    yield* talking(talk / 2);
  } else {
    yield* talking(talk);
  }
  yield step([200, 800], { do: 'hang-up' });
  yield* settle();
  yield step([1_000, 3_000], { do: 'wrap-up' });
}
