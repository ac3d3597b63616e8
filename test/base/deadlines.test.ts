import { getEventListeners } from 'node:events';
import { queryObjects } from 'node:v8';
import { expect } from 'chai';
import fc from 'fast-check';
import { Deadlines, type Deadline } from '../../src/base/deadlines.js';
import { FakeClock } from '../support/fake-clock.js';

describe('deadlines', () => {
  let clock: FakeClock;
  let deadlines: Deadlines;
  let ran: string[];

  beforeEach(() => {
    clock = new FakeClock();
    deadlines = new Deadlines(clock);
    ran = [];
  });

  /** Notes that it ran, and when. */
  const note = (name: string) => (): void => {
    ran.push(`${name} at ${clock.now()}`);
  };

  it('run at their time, the earliest first, whatever order they were set in', async () => {
    deadlines.after(300, note('late'));
    deadlines.at(100, note('early'));
    deadlines.after(200, note('middle'));
    await clock.advance(99);
    expect(ran).to.be.empty;
    await clock.advance(1_000);
    expect(ran).to.deep.equal(['early at 100', 'middle at 200', 'late at 300']);
  });

  it('all share one timer of the clock', () => {
    for (let at = 1_000; at > 0; at -= 10) deadlines.at(at, note('any'));
    expect(clock.timers).to.equal(1);
  });

  it('set no timer while none waits', async () => {
    deadlines.idle(note('never'));
    expect(clock.timers).to.equal(0);
    deadlines.after(10, note('once'));
    await clock.advance(10);
    expect(clock.timers).to.equal(0);
  });

  it('wait for a later time when they are moved there', async () => {
    const deadline = deadlines.after(100, note('moved'));
    await clock.advance(50);
    deadline.moveTo(400);
    await clock.advance(349);
    expect(ran).to.be.empty;
    await clock.advance(1);
    expect(ran).to.deep.equal(['moved at 400']);
  });

  it('run at an earlier time when they are moved there, and not again at the old one', async () => {
    const deadline = deadlines.after(400, note('moved'));
    deadline.moveTo(100);
    await clock.advance(1_000);
    expect(ran).to.deep.equal(['moved at 100']);
  });

  it('run once at a time that they left and came back to', async () => {
    const deadline = deadlines.at(400, note('moved'));
    deadline.moveTo(100);
    deadline.moveTo(400);
    await clock.advance(1_000);
    expect(ran).to.deep.equal(['moved at 400']);
  });

  it('do not run once cancelled, even with an older slot still in the heap', async () => {
    const deadline = deadlines.after(400, note('cancelled'));
    deadline.moveTo(100);
    deadline.cancel();
    await clock.advance(1_000);
    expect(ran).to.be.empty;
  });

  it('are revived by a move, after they ran and after they were cancelled', async () => {
    const deadline = deadlines.after(100, note('revived'));
    await clock.advance(100);
    deadline.moveTo(200);
    await clock.advance(100);
    deadline.moveTo(300);
    deadline.cancel();
    deadline.moveTo(350);
    await clock.advance(1_000);
    expect(ran).to.deep.equal(['revived at 100', 'revived at 200', 'revived at 350']);
  });

  it('may move themselves and set others while they run', async () => {
    const again = deadlines.after(100, () => {
      note('again')();
      if (clock.now() < 300) again.moveTo(clock.now() + 100);
      deadlines.after(0, note('at once'));
    });
    await clock.advance(250);
    expect(ran).to.deep.equal(['again at 100', 'at once at 100', 'again at 200', 'at once at 200']);
  });

  it('go on after one of them threw', async () => {
    deadlines.at(100, () => {
      throw new Error('a fault of its own');
    });
    deadlines.at(100, note('neighbour'));
    const thrown = await clock.advance(100).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(Error).with.property('message', 'a fault of its own');
    await clock.advance(0);
    expect(ran).to.deep.equal(['neighbour at 100']);
  });

  it('are all dropped by a clear, which leaves no timer', async () => {
    deadlines.after(100, note('dropped'));
    deadlines.clear();
    expect(clock.timers).to.equal(0);
    await clock.advance(1_000);
    expect(ran).to.be.empty;
  });

  it('can be moved again after a clear, to a later time than before it too', async () => {
    const deadline = deadlines.after(100, note('after the clear'));
    deadlines.clear();
    deadline.moveTo(200);
    await clock.advance(1_000);
    expect(ran).to.deep.equal(['after the clear at 200']);
  });

  describe('pausing', () => {
    it('lasts for the delay', async () => {
      void deadlines.pause(100).then(note('paused'));
      await clock.advance(99);
      expect(ran).to.be.empty;
      await clock.advance(1);
      expect(ran).to.deep.equal(['paused at 100']);
    });

    it('ends as soon as the signal is aborted', async () => {
      const stop = new AbortController();
      void deadlines.pause(1_000, stop.signal).then(note('paused'));
      await clock.advance(30);
      stop.abort();
      await clock.advance(0);
      expect(ran).to.deep.equal(['paused at 30']);
    });

    it('does not begin under a signal that is aborted already', async () => {
      await deadlines.pause(1_000, AbortSignal.abort());
      expect(clock.now()).to.equal(0);
    });

    it('leaves nothing behind on a signal that outlives it', async () => {
      const { signal } = new AbortController();
      const pausing = deadlines.pause(100, signal);
      expect(getEventListeners(signal, 'abort')).to.have.length(1);
      await clock.advance(100);
      await pausing;
      expect(getEventListeners(signal, 'abort')).to.be.empty;
    });

    it('is over when the delay has passed, whether or not the signal is aborted later', async () => {
      const stop = new AbortController();
      void deadlines.pause(100, stop.signal).then(note('paused'));
      await clock.advance(100);
      stop.abort();
      await clock.advance(1_000);
      expect(ran).to.deep.equal(['paused at 100']);
    });
  });

  it('that were cancelled hold on to nothing for long, however late they would have run', () => {
    class Held {
      readonly name = 'held';
    }
    const wait = (): void => {
      const held = new Held();
      deadlines.after(900_000, () => note(held.name)).cancel();
    };
    for (let count = 0; count < 1_000; count += 1) wait();
    expect(queryObjects(Held, { format: 'count' })).to.be.below(150);
  });

  it('run in time when many others were cancelled meanwhile, and when they were cancelled and set again', async () => {
    const all = Array.from({ length: 500 }, (_, index) => ({ index, deadline: deadlines.after(1_000 + index, note(String(index))) }));
    for (const { index, deadline } of all) if (index % 10 !== 0) deadline.cancel();
    const late = Array.from({ length: 500 }, () => deadlines.after(5_000, note('late')));
    for (const deadline of late) deadline.cancel();
    for (const { index, deadline } of all) if (index % 50 === 1) deadline.moveTo(1_000 + index);
    await clock.advance(10_000);
    const expected = all.filter(({ index }) => index % 10 === 0 || index % 50 === 1).map(({ index }) => `${index} at ${1_000 + index}`);
    expect(ran).to.deep.equal(expected);
  });

  it('run at the first whole millisecond that is not before their time, as a list of them would, also where one moves, cancels or clears others', () => {
    const names = fc.nat({ max: 5 });
    const by = fc.oneof(fc.nat({ max: 30 }), fc.double({ min: -2, max: 30, noNaN: true }));
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('move' as const), name: names, by }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), name: names }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
    );
    const waited = fc.record({ kind: fc.constant('wait' as const), by: fc.integer({ min: 1, max: 20 }) });
    const plan = fc.array(fc.oneof({ weight: 2, arbitrary: step }, { weight: 1, arbitrary: waited }), { maxLength: 40 });
    return fc.assert(
      fc.asyncProperty(plan, fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 40 }), async (steps, whenRun) => {
        const time = new FakeClock();
        const tested = new Deadlines(time);
        const fired: string[] = [];
        const due = new Map<number, number>();
        const reactions = whenRun.values();
        const take = (what: (typeof steps)[number]): void => {
          if (what.kind === 'wait') return;
          if (what.kind === 'clear') {
            tested.clear();
            due.clear();
          } else if (what.kind === 'cancel') {
            all[what.name]?.cancel();
            due.delete(what.name);
          } else {
            all[what.name]?.moveTo(time.now() + what.by);
            due.set(what.name, Math.max(Math.ceil(time.now() + what.by), time.now()));
          }
        };
        const all = [0, 1, 2, 3, 4, 5].map((name) =>
          tested.idle(() => {
            expect(due.get(name), `${name} ran in its time`).to.equal(time.now());
            due.delete(name);
            fired.push(`${name} at ${time.now()}`);
            for (const what of reactions.next().value ?? []) take(what);
          }),
        );
        for (const what of steps) {
          take(what);
          if (what.kind !== 'wait') continue;
          await time.advance(what.by);
          expect(
            [...due.values()].filter((at) => at <= time.now()),
            'none was left out',
          ).to.be.empty;
        }
        await time.advance(1_000);
        expect(due.size, `waiting after ${fired.join(', ')}`).to.equal(0);
        expect(time.timers).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });

  it('run exactly at the time that they were last given, for any sequence of moves, cancels and waits', () => {
    const names = fc.integer({ min: 0, max: 3 });
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('move' as const), name: names, by: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ kind: fc.constant('cancel' as const), name: names }),
      fc.record({ kind: fc.constant('wait' as const), by: fc.integer({ min: 1, max: 40 }) }),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
        const time = new FakeClock();
        const tested = new Deadlines(time);
        const fired: { name: number; at: number }[] = [];
        const expected: { name: number; at: number }[] = [];
        const due = new Map<number, number>();
        const deadlineOf: Deadline[] = [0, 1, 2, 3].map((name) => tested.idle(() => fired.push({ name, at: time.now() })));
        const wait = async (ms: number): Promise<void> => {
          const end = time.now() + ms;
          for (const [name, at] of [...due].sort(([, a], [, b]) => a - b)) {
            if (at > end) continue;
            expected.push({ name, at });
            due.delete(name);
          }
          await time.advance(ms);
        };
        for (const step of operations) {
          if (step.kind === 'wait') await wait(step.by);
          else if (step.kind === 'cancel') {
            deadlineOf[step.name]?.cancel();
            due.delete(step.name);
          } else {
            deadlineOf[step.name]?.moveTo(time.now() + step.by);
            due.set(step.name, time.now() + step.by);
          }
        }
        await wait(1_000);
        expect(fired).to.have.deep.members(expected);
        expect(fired.map(({ at }) => at)).to.deep.equal(expected.map(({ at }) => at));
      }),
    );
  });
});
