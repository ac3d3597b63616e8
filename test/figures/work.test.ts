import { expect } from 'chai';
import { workIn } from '../../src/figures/work.js';
import { eventually } from '../support/eventually.js';
import { inHouse, queuedCall } from '../support/house.js';

describe('what is being written in a conversation', () => {
  it('tells where each pipeline of it is, and until when', () =>
    inHouse(
      {
        config: {
          write: { policy: 'debounce', quiet: '30s', maxWait: '60s' },
          rules: [{ name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } }],
        },
      },
      async ({ simulator, daemon }) => {
        const [call, other] = [queuedCall(simulator), 'another'];
        await eventually('it waits for calm', () => workIn(daemon, call.id).length > 0);
        const [work, ...more] = workIn(daemon, call.id);
        expect(more).to.be.empty;
        expect(work?.at).to.equal('waiting');
        expect(Date.parse(work?.until ?? '') - Date.now()).to.be.within(20_000, 31_000);
        expect(workIn(daemon, other)).to.deep.equal([]);
      },
    ));
});
