import { expect } from 'chai';
import fc from 'fast-check';
import { profiles } from '../../../src/simulator/calls/profile.js';
import { script, type ScriptOptions, type Step } from '../../../src/simulator/calls/script.js';
import { Random } from '../../../src/simulator/random.js';

const options: ScriptOptions = {
  churn: profiles.steady,
  queues: ['billing', 'support'],
  users: ['ada', 'grace'],
  talkMs: [1_000, 3_000],
  declined: 0.5,
  transferred: 0.5,
  pace: 1,
};

const play = (seed: number, changed: Partial<ScriptOptions> = {}): Step[] => [...script({ ...options, ...changed }, new Random(seed))];

/** The scripted actions without the echoes, digits and churn between them. */
const story = (steps: Step[]): string =>
  steps
    .map(({ action }) => action.do)
    .filter((action) => action !== 'bump' && action !== 'dtmf')
    .join(' ');

describe('the script of a call', () => {
  it('follows the rhythm of the platform', () => {
    const queueing = 'enter-queue (alert decline )*alert connect ';
    const rhythm = new RegExp(`^start ${queueing}(transfer ${queueing})?hang-up wrap-up$`);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(story(play(seed))).to.match(rhythm);
      }),
    );
  });

  it('begins with two to four digits', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const actions = play(seed).map(({ action }) => action.do);
        const digits = actions.slice(1, actions.indexOf('enter-queue'));
        expect(digits.length).to.be.within(2, 4);
        expect(new Set(digits)).to.deep.equal(new Set(['dtmf']));
      }),
    );
  });

  it('lets two to four snapshots come of most actions within a second', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const steps = play(seed);
        for (const [index, { action }] of steps.entries()) {
          if (!['enter-queue', 'alert', 'hang-up'].includes(action.do)) continue;
          const rest = steps.slice(index + 1);
          const echoes = rest.slice(
            0,
            rest.findIndex((step) => step.action.do !== 'bump'),
          );
          expect(echoes.length).to.be.within(1, 3);
          expect(echoes.reduce((sum, { after }) => sum + after, 0)).to.be.below(1_000);
        }
      }),
    );
  });

  it('declines and transfers as often as it is asked to', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      expect(story(play(seed, { declined: 0, transferred: 0 }))).to.equal('start enter-queue alert connect hang-up wrap-up');
      expect(story(play(seed, { declined: 0, transferred: 1 }))).to.include('connect transfer enter-queue');
    }
    const stories = Array.from({ length: 200 }, (_, seed) => story(play(seed, { declined: 0.25 })));
    expect(stories.filter((each) => each.includes('decline')).length).to.be.within(30, 120);
  });

  it('goes into the queue that it was transferred to, and alerts only users that there are', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const actions = play(seed, { transferred: 1 }).map(({ action }) => action);
        const queues = actions.flatMap((action) => ('queueId' in action ? [action.queueId] : []));
        expect(queues).to.have.length(3);
        expect(queues[1]).to.equal(queues[2]);
        for (const action of actions) if (action.do === 'alert') expect(action.userId).to.be.oneOf(['ada', 'grace']);
      }),
    );
  });

  it('never goes back in time, and shortens its waits by the pace', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const { after } of play(seed)) expect(after).to.be.at.least(0);
        const wait = (pace: number): number => play(seed, { pace }).find(({ action }) => action.do === 'dtmf')?.after ?? NaN;
        expect(wait(4)).to.be.closeTo(wait(1) / 4, 1e-9);
      }),
    );
  });
});
