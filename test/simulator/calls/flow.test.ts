import { expect } from 'chai';
import { withFlowEnd } from '../../../src/simulator/calls/flow.js';
import type { Step } from '../../../src/simulator/calls/script.js';

const steps: Step[] = [
  { after: 0, action: { do: 'start' } },
  { after: 500, action: { do: 'enter-queue', queueId: 'billing' } },
  { after: 100, action: { do: 'bump' } },
  { after: 100, action: { do: 'bump' } },
  { after: 100, action: { do: 'enter-queue', queueId: 'support' } },
  { after: 100, action: { do: 'hang-up' } },
];
const played = (delay: number): [string, number][] => [...withFlowEnd(steps, delay)].map(({ after, action }) => [action.do, after]);

describe('the end of a flow', () => {
  it('falls between the steps of a call, which keep their times', () => {
    expect(played(150)).to.deep.equal([
      ['start', 0],
      ['enter-queue', 500],
      ['bump', 100],
      ['flow-end', 50],
      ['bump', 50],
      ['enter-queue', 100],
      ['hang-up', 100],
    ]);
  });

  it('comes before a step of the same moment, and at once where it takes no time', () => {
    expect(played(100).slice(2, 4)).to.deep.equal([
      ['flow-end', 100],
      ['bump', 0],
    ]);
    expect(played(0)[2]).to.deep.equal(['flow-end', 0]);
  });

  it('comes once, however many queues follow', () => {
    for (const delay of [0, 250, 350]) expect(played(delay).filter(([action]) => action === 'flow-end')).to.have.length(1);
  });

  it('does not come after the last step', () => {
    expect(played(401)).to.deep.equal(steps.map(({ after, action }) => [action.do, after]));
  });
});
