import { expect } from 'chai';
import { Bursts, type Burst } from '../../src/conversation/bursts.js';
import { Delays } from '../../src/conversation/delays.js';
import { Pulse } from '../../src/conversation/pulse.js';

function open(): { pulse: Pulse; delays: Delays; told: Burst[] } {
  const [bursts, delays] = [new Bursts(), new Delays()];
  const told: Burst[] = [];
  bursts.ended.subscribe((burst) => told.push(burst));
  return { pulse: new Pulse({ bursts, delays }), delays, told };
}

/** The only delay of events that was measured. */
function echoOf(delays: Delays): number {
  // so often that it is no guess any more
  for (let count = 0; count < 15; count += 1) delays.echoed(0);
  return delays.ofEvent(() => 0);
}

describe('the pulse of a conversation', () => {
  it('records a burst with what was known when it began, and with events that were overtaken', () => {
    const { pulse, told } = open();
    pulse.event(10_000, 5);
    pulse.event(10_050, 7);
    pulse.late(10_060, 6);
    pulse.event(20_000, 8);
    expect(told).to.deep.equal([
      {
        regime: 'new',
        events: [
          { at: 10_000, order: 5 },
          { at: 10_050, order: 7 },
          { at: 10_060, order: 6 },
        ],
      },
    ]);
    pulse.late(20_010, undefined);
    pulse.event(30_000, 9);
    expect(told.at(1)).to.deep.equal({ regime: 'calm', events: [{ at: 20_000, order: 8 }] });
  });

  it('records none of steady churn, and orders events without a version by their arrival', () => {
    const { pulse, told } = open();
    for (let at = 0; at <= 20_000; at += 400) pulse.event(at, undefined);
    expect(told.map(({ regime }) => regime)).to.not.include('steady');
    const before = told.length;
    pulse.event(20_400, undefined);
    pulse.event(30_000, undefined);
    expect(told.length).to.be.within(before, before + 1);
    expect(told.at(0)?.events).to.deep.equal([{ at: 0, order: 0 }]);
  });

  it('measures how long the event of an own write needs, whether it comes after the answer or before', () => {
    const after = open();
    after.pulse.event(0, 1);
    after.pulse.wrote(2, { sentAt: 1_000, answeredAt: 1_080 }, false);
    after.pulse.event(1_100, 2);
    expect(echoOf(after.delays), 'since half way').to.equal(60);
    expect(after.pulse.rhythm.lastEvent).to.equal(0);

    const before = open();
    before.pulse.event(0, 1);
    before.pulse.event(1_060, 2);
    before.pulse.wrote(2, { sentAt: 1_000, answeredAt: 1_080 }, true);
    expect(echoOf(before.delays)).to.equal(20);
    expect(before.pulse.rhythm.lastEvent).to.equal(0);
  });

  it('measures the event of an own write too that was overtaken by others: else delays would seem short', () => {
    const { pulse, delays } = open();
    pulse.event(0, 1);
    pulse.wrote(2, { sentAt: 1_000, answeredAt: 1_080 }, false);
    pulse.event(1_090, 3);
    pulse.late(1_150, 2);
    expect(echoOf(delays)).to.equal(110);
  });

  it('records no own echo that came before the answer: bursts would seem longer by what was waited', () => {
    const { pulse, told } = open();
    pulse.event(1_000, 1);
    pulse.event(1_100, 2);
    pulse.event(1_250, 3);
    pulse.wrote(3, { sentAt: 1_200, answeredAt: 1_280 }, true);
    pulse.event(5_000, 4);
    pulse.wrote(4, { sentAt: 4_950, answeredAt: 5_020 }, true);
    pulse.event(9_000, 5);
    pulse.event(9_500, 6);
    expect(told.map(({ events }) => events.map(({ order }) => order))).to.deep.equal([[1, 2], [5]]);
  });
});
