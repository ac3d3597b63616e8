import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { customerAttributes, inHouse, queuedCall } from '../support/house.js';

describe('the daemon on a simulated org', () => {
  it('writes what a rule wishes for a call, once', () =>
    inHouse({ config: { rules: [{ name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } }] } }, async ({ simulator, log }) => {
      const call = queuedCall(simulator);
      await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'yes');
      expect(log.of('intent.dead')).to.be.empty;
      expect(simulator.ledger.writes).to.have.length(1);
    }));
});
