import { expect } from 'chai';
import fc from 'fast-check';
import type { Claim } from '../../src/genesys/scheduler.js';
import type { FakeClock } from '../support/fake-clock.js';
import { limits } from './support/answers.js';
import { ground } from './support/budgets.js';

const windowLength = 60_000;

/** How the server lays its windows: from the first call after the last one, or by its own clock. */
type Windows = { kind: 'from-first-call' } | { kind: 'by-clock'; offset: number };

/** The server's side: counts calls in windows of a minute, and tells of them in headers (genesys-cloud.md §7). */
class CountingServer {
  most = 0;
  count = 0;
  #endsAt = 0;
  readonly #deps: { clock: FakeClock; allowed: number; windows: Windows };

  constructor(deps: { clock: FakeClock; allowed: number; windows: Windows }) {
    this.#deps = deps;
  }

  serve(): Record<string, string> {
    const { clock, allowed, windows } = this.#deps;
    const now = clock.now();
    if (now >= this.#endsAt) {
      this.count = 0;
      this.#endsAt =
        windows.kind === 'by-clock'
          ? (Math.floor((now + windows.offset) / windowLength) + 1) * windowLength - windows.offset
          : now + windowLength;
    }
    this.count += 1;
    this.most = Math.max(this.most, this.count);
    return limits(this.count, allowed, Math.ceil((this.#endsAt - now) / 1000));
  }
}

/** What becomes of one call that was granted; ms on the way up and down. */
const fate = fc.record({
  up: fc.oneof(fc.nat(100), fc.nat(8_000)),
  down: fc.oneof(fc.nat(100), fc.nat(8_000)),
  sent: fc.boolean(),
});

const anyRank = fc.constantFrom<Claim['rank']>('platform', 'ending', 'usual');

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ calls: fc.constantFrom(1, 1, 2), rank: anyRank, times: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ pass: fc.oneof(fc.nat(500), fc.nat(10_000), fc.nat(70_000)) }) },
);

const windowsOf = fc.oneof(
  fc.constant<Windows>({ kind: 'from-first-call' }),
  fc.nat(windowLength - 1).map((offset): Windows => ({ kind: 'by-clock', offset })),
);

describe('Budget against a server that counts', () => {
  it('never makes more calls in a window of the server than it allows, whatever the schedule and however slow the answers', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 20 }),
        fc.constantFrom(0, 0.1, 0.5),
        windowsOf,
        fc.array(step, { maxLength: 40 }),
        fc.array(fate, { minLength: 1, maxLength: 20 }),
        async (allowed, reserve, windows, steps, fates) => {
          const { clock, deadlines, budget } = ground({ perMinute: allowed, reserve });
          const server = new CountingServer({ clock, allowed, windows });
          let granted = 0;
          const ask = async (calls: number, rank: Claim['rank']): Promise<void> => {
            for (const grant of await budget.grant(calls, () => ({ rank, since: 0, size: 1, conflicts: 0 }))) {
              const { up, down, sent } = fates[granted % fates.length]!;
              granted += 1;
              clock.after(up, () => {
                if (!sent) {
                  grant.settle(false);
                  return;
                }
                const headers = server.serve();
                clock.after(down, () => {
                  budget.learn(200, headers);
                  grant.settle(true);
                });
              });
            }
          };
          let asked = 0;
          for (const each of steps) {
            if ('pass' in each) await clock.advance(each.pass);
            else {
              asked += each.calls * each.times;
              for (let time = 0; time < each.times; time += 1) void ask(each.calls, each.rank);
            }
          }
          for (let minute = 0; granted < asked && minute < 2_000; minute += 1) await clock.advance(windowLength);
          await clock.advance(windowLength);
          deadlines.clear();
          expect(server.most).to.be.at.most(allowed);
          expect(granted, 'all that was asked for came in the end').to.equal(asked);
        },
      ),
      {
        numRuns: 150,
        // found at random once: an answer of the window before arrived after one of the present window
        examples: [
          [
            4,
            0,
            { kind: 'by-clock', offset: 59_904 },
            [{ calls: 1, rank: 'usual', times: 6 }],
            [
              { up: 96, down: 0, sent: true },
              { up: 0, down: 97, sent: true },
              { up: 96, down: 0, sent: true },
            ],
          ],
        ],
      },
    ));

  it('uses nearly all that is allowed, minute after minute', async () => {
    const { clock, budget } = ground({ perMinute: 100, reserve: 0 });
    const server = new CountingServer({ clock, allowed: 100, windows: { kind: 'from-first-call' } });
    let served = 0;
    const caller = async (): Promise<void> => {
      for (;;) {
        const [grant] = await budget.grant();
        await new Promise<void>((resolve) => clock.after(20, resolve));
        const headers = server.serve();
        served += 1;
        await new Promise<void>((resolve) => clock.after(30, resolve));
        budget.learn(200, headers);
        grant?.settle(true);
      }
    };
    for (let each = 0; each < 5; each += 1) void caller();
    await clock.advance(10 * windowLength);
    expect(server.most).to.equal(100);
    expect(served).to.be.at.least(950);
  });
});
