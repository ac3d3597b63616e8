import { expect } from 'chai';
import { Lookup } from '../../../src/intent/lookups/lookup.js';
import { compileRules } from '../../../src/intent/rules/rule.js';
import { FakeClock } from '../../support/fake-clock.js';
import { lookupConfig } from '../support/bench.js';
import { FakeCrm } from '../support/fake-crm.js';
import { unread } from '../../support/metrics.js';

describe('compiled rules', () => {
  const { exchange } = new FakeCrm();
  const crm = new Lookup('crm', lookupConfig('http://crm/'), { exchange, clock: new FakeClock(), headers: {}, metrics: unread() });

  it('keep their order, their moments and the lookups that they name', () => {
    const rules = compileRules(
      [
        { name: 'b', when: 'participant.added', lookup: 'crm', set: { x: '1' } },
        { name: 'a', when: 'conversation.ended', set: { x: '1' } },
      ],
      new Map([['crm', crm]]),
    );
    expect(rules.map(({ name, when, lookup }) => ({ name, when, lookup }))).to.deep.equal([
      { name: 'b', when: 'participant.added', lookup: crm },
      { name: 'a', when: 'conversation.ended', lookup: undefined },
    ]);
  });
});
