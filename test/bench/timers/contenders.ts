import { Subject, debounceTime, groupBy, mergeMap } from 'rxjs';
import { systemClock } from '../../../src/base/clock.js';
import { Deadlines } from '../../../src/base/deadlines.js';
import { library } from '../library.js';
import { Wheel } from './wheel.js';

/** Sets a key's deadline, or moves it: to `now` (ms, monotonic) and the key's delay. */
type Arm = (key: number, now: number) => void;

interface Task {
  keys: number;
  /** How long a key must be left alone until it fires, in ms. */
  delayOf: (key: number) => number;
  fire: (key: number) => void;
}

/** Undefined where its library is not installed. */
type Contender = (task: Task) => Arm | undefined;

type Retimer = (run: () => void, delay: number) => { reschedule: (delay: number) => void };

export const contenders = {
  /** The driver of the bench alone. */
  nothing: () => () => undefined,

  deadlines: ({ keys, delayOf, fire }) => {
    const deadlines = new Deadlines(systemClock);
    const all = Array.from({ length: keys }, (_, key) =>
      deadlines.idle(() => {
        fire(key);
      }),
    );
    return (key, now) => all[key]?.moveTo(now + delayOf(key));
  },

  wheel: ({ keys, delayOf, fire }) => {
    const wheel = new Wheel(keys, fire);
    return (key, now) => {
      wheel.arm(key, now + delayOf(key));
    };
  },

  debounceTime: ({ delayOf, fire }) => {
    const armed = new Subject<number>();
    armed
      .pipe(
        groupBy((key) => key),
        mergeMap((group) => group.pipe(debounceTime(delayOf(group.key)))),
      )
      .subscribe(fire);
    return (key) => {
      armed.next(key);
    };
  },

  setTimeout: ({ keys, delayOf, fire }) => {
    const timers = new Array<NodeJS.Timeout | undefined>(keys).fill(undefined);
    return (key) => {
      clearTimeout(timers[key]);
      timers[key] = setTimeout(fire, delayOf(key), key);
    };
  },

  'timeout.refresh': ({ keys, delayOf, fire }) => {
    const timers = new Array<NodeJS.Timeout | undefined>(keys).fill(undefined);
    return (key) => {
      const timer = timers[key];
      if (timer === undefined) timers[key] = setTimeout(fire, delayOf(key), key);
      else timer.refresh();
    };
  },

  retimer: ({ keys, delayOf, fire }) => {
    const retimer = library('retimer') as Retimer | undefined;
    if (retimer === undefined) return undefined;
    const timers = new Array<ReturnType<Retimer> | undefined>(keys).fill(undefined);
    return (key) => {
      const timer = timers[key];
      if (timer !== undefined) {
        timer.reschedule(delayOf(key));
        return;
      }
      timers[key] = retimer(() => {
        timers[key] = undefined;
        fire(key);
      }, delayOf(key));
    };
  },
} satisfies Record<string, Contender>;

export type ContenderName = keyof typeof contenders;
