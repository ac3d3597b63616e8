import { expect } from 'chai';
import { Bursts, type Burst, type Recording } from '../../src/conversation/bursts.js';

/** A recorder, and what it has told. */
function open(): { bursts: Bursts; told: Burst[] } {
  const bursts = new Bursts();
  const told: Burst[] = [];
  bursts.ended.subscribe((burst) => told.push(burst));
  return { bursts, told };
}

const event = (at: number): { at: number; order: number } => ({ at, order: at });

/** Starts a recording that must be granted. */
function started(bursts: Bursts, at: number): Recording {
  const recording = bursts.start('bursty', event(at));
  if (recording === undefined) throw new Error('it was not recorded');
  return recording;
}

describe('recorded bursts', () => {
  it('end with the first event after a pause, which is no part of it', () => {
    const { bursts, told } = open();
    const recording = started(bursts, 1_000);
    expect(bursts.more(recording, event(1_200))).to.equal(recording);
    expect(bursts.more(recording, event(1_500))).to.equal(recording);
    expect(told).to.be.empty;
    expect(bursts.more(recording, event(1_801))).to.equal(undefined);
    expect(told).to.deep.equal([{ regime: 'bursty', events: [1_000, 1_200, 1_500].map(event) }]);
  });

  it('end after two seconds where no pause comes, and after 200 events', () => {
    for (const gap of [5, 100]) {
      const { bursts, told } = open();
      let recording: Recording | undefined = started(bursts, 0);
      for (let at = gap; recording !== undefined; at += gap) recording = bursts.more(recording, event(at));
      expect(told.map(({ events }) => events.length)).to.deep.equal([gap === 5 ? 200 : 21]);
    }
  });

  it('end although no event of the conversation comes any more, when others begin', () => {
    const { bursts, told } = open();
    const recording = started(bursts, 0);
    started(bursts, 2_000);
    expect(told).to.be.empty;
    started(bursts, 2_300);
    expect(told).to.deep.equal([{ regime: 'bursty', events: [event(0)] }]);
    expect(bursts.more(recording, event(2_301)), 'it is over').to.equal(undefined);
    expect(told).to.have.length(1);
  });

  it('are a sample: no two begin within 50 ms, and there are 32 at most', () => {
    const { bursts } = open();
    started(bursts, 0);
    expect(bursts.start('new', event(49))).to.equal(undefined);
    for (let at = 50; at < 1_600; at += 50) started(bursts, at);
    expect(bursts.start('calm', event(1_600))).to.equal(undefined);
    started(bursts, 2_300);
  });
});
