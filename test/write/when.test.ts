import { expect } from 'chai';
import fc from 'fast-check';
import { whenToWrite, type WriteFacts } from '../../src/write/when.js';

const timing = { quiet: 150, maxWait: 2_000 };
const facts = (given: Partial<WriteFacts>): WriteFacts => ({
  now: 10_000,
  firstWish: 10_000,
  lastWish: 10_000,
  ownBefore: -Infinity,
  lastChange: -Infinity,
  burstStart: -Infinity,
  inBurst: 5,
  waits: { fromEvent: 2, sinceStart: 400, sinceLast: 100 },
  pace: 1,
  urgent: false,
  ...given,
});

const any = fc.record({
  firstWish: fc.integer({ min: 0, max: 10_000 }),
  lastWish: fc.integer({ min: 0, max: 10_000 }),
  ownBefore: fc.integer({ min: -5_000, max: 10_000 }),
  lastChange: fc.integer({ min: -5_000, max: 10_000 }),
  burstStart: fc.integer({ min: -5_000, max: 10_000 }),
  inBurst: fc.integer({ min: 0, max: 5 }),
  waits: fc.option(
    fc.record({
      fromEvent: fc.integer({ min: 1, max: 3 }),
      sinceStart: fc.integer({ min: 0, max: 2_000 }),
      sinceLast: fc.integer({ min: 0, max: 300 }),
    }),
    { nil: undefined },
  ),
  pace: fc.double({ min: 0, max: 2, noNaN: true }),
  policy: fc.constantFrom('adaptive' as const, 'debounce' as const, 'immediate' as const),
});

describe('when to write', () => {
  it('is at once for immediate, whatever happens', () => {
    expect(whenToWrite({ ...timing, policy: 'immediate' }, facts({ lastChange: 9_999 }))).to.equal(10_000);
  });

  it('is quiet after the last event or wish for debounce, also for a single wish', () => {
    const when = (given: Partial<WriteFacts>): number => whenToWrite({ ...timing, policy: 'debounce' }, facts(given));
    expect(when({})).to.equal(10_150);
    expect(when({ lastChange: 10_100 })).to.equal(10_250);
    expect(when({ lastWish: 10_120, lastChange: 10_100 })).to.equal(10_270);
  });

  it('is at once for adaptive on a calm conversation, and as learnt after the last event in a burst', () => {
    const when = (given: Partial<WriteFacts>): number => whenToWrite({ ...timing, policy: 'adaptive' }, facts(given));
    expect(when({})).to.be.at.most(10_000);
    expect(when({ lastChange: 9_850, burstStart: 9_800 })).to.be.at.most(10_000);
    expect(when({ lastChange: 9_980, burstStart: 9_980 })).to.equal(10_080);
    expect(when({ lastChange: 9_980, burstStart: 9_900 }), 'a fifth of its time is over').to.equal(10_060);
    expect(when({ lastChange: 9_980, burstStart: 9_980, inBurst: 1 }), 'a single event').to.be.at.most(10_000);
  });

  it('waits for adaptive no longer than quiet after the last event, whatever was learnt', () => {
    const waits = { fromEvent: 1, sinceStart: 1_000, sinceLast: 200 };
    expect(whenToWrite({ ...timing, policy: 'adaptive' }, facts({ lastChange: 9_990, burstStart: 9_900, waits }))).to.equal(10_140);
  });

  it('is for adaptive not later than was learnt since this burst began, and at once under steady churn', () => {
    const when = (given: Partial<WriteFacts>): number =>
      whenToWrite({ ...timing, policy: 'adaptive' }, facts({ lastChange: 9_990, ...given }));
    const waits = { fromEvent: 2, sinceStart: 350, sinceLast: 900 };
    expect(when({ burstStart: 9_700, waits })).to.equal(10_050);
    expect(when({ burstStart: 9_000 })).to.be.at.most(10_000);
    expect(when({ burstStart: 9_700, waits: undefined })).to.be.at.most(10_000);
  });

  it('is quiet after the last wish for adaptive in a burst of wishes', () => {
    const when = (given: Partial<WriteFacts>): number => whenToWrite({ ...timing, policy: 'adaptive' }, facts(given));
    expect(when({ ownBefore: 9_900 })).to.equal(10_150);
    expect(when({ ownBefore: 9_850 })).to.be.at.most(10_000);
    expect(when({ firstWish: 9_950, lastWish: 10_000 })).to.equal(10_150);
  });

  for (const [pace, gap] of [
    [Infinity, 0],
    [0.75, 0],
    [0.74, 60],
    [0.5, 60],
    [0.49, 120],
    [0.25, 120],
    [0.24, 160],
    [0, 160],
  ] as const) {
    it(`is for adaptive after a gap of ${gap} ms at a pace of ${pace}, under steady churn too`, () => {
      const when = (given: Partial<WriteFacts>): number => whenToWrite({ ...timing, policy: 'adaptive' }, facts({ pace, ...given }));
      const long = { lastChange: 9_995, burstStart: 0 };
      expect(Math.max(10_000, when({ ...long, waits: undefined }))).to.equal(Math.max(10_000, 9_995 + gap));
      expect(Math.max(10_000, when(long))).to.equal(Math.max(10_000, 9_995 + gap));
      expect(when({ ...long, waits: undefined, urgent: true })).to.equal(10_000);
      expect(when({}), 'where nothing has happened').to.be.at.most(10_000);
    });
  }

  it('is the later the scarcer calls are, for adaptive; the other policies do not heed that', () => {
    fc.assert(
      fc.property(any, fc.double({ min: 0, max: 2, noNaN: true }), ({ policy, ...given }, pace) => {
        const [more, less] = [Math.max(pace, given.pace), Math.min(pace, given.pace)];
        const at = (with_: number): number => whenToWrite({ ...timing, policy }, facts({ ...given, pace: with_ }));
        if (policy === 'adaptive') expect(at(less)).to.be.at.least(at(more));
        else expect(at(less)).to.equal(at(more));
      }),
    );
  });

  it('comes under steady churn and with the fewest calls within maxWait, on a clock that runs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 }), (gaps) => {
        let [lastChange, at] = [0, Infinity];
        for (const gap of gaps) {
          const until = whenToWrite(
            { ...timing, policy: 'adaptive' },
            facts({ now: lastChange, firstWish: 0, lastWish: 0, lastChange, waits: undefined, pace: 0 }),
          );
          if (until <= lastChange + gap) {
            at = Math.max(until, lastChange);
            break;
          }
          lastChange += gap;
        }
        expect(at === Infinity ? lastChange : at).to.be.at.most(timing.maxWait);
      }),
    );
  });

  it('is never later than maxWait after the first wish, and at once when it is urgent', () => {
    fc.assert(
      fc.property(any, ({ policy, ...given }) => {
        const drawn = facts({ ...given, firstWish: Math.min(given.firstWish, given.lastWish) });
        expect(whenToWrite({ ...timing, policy }, drawn)).to.be.at.most(Math.max(drawn.now, drawn.firstWish + timing.maxWait));
        expect(whenToWrite({ ...timing, policy }, { ...drawn, urgent: true })).to.equal(drawn.now);
      }),
    );
  });
});
