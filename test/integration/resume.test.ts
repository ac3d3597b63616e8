import { expect } from 'chai';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, makeDaemon, openSimulator, queuedCall } from '../support/house.js';

describe('a daemon that starts again', () => {
  const rules = ({ crmUrl }: Simulator): Record<string, unknown> => ({
    lookups: { crm: { url: `${crmUrl}/customers?phone={ani}` } },
    rules: [{ name: 'tier', when: 'conversation.started', lookup: 'crm', set: { crmCustomerId: 'lookup.id' } }],
    stop: { drain: '0ms' },
  });

  it('asks the lookups again that had not answered, and fires no rule a second time', async () => {
    const simulator = await openSimulator();
    const store = new MemoryStore();
    simulator.crmFaults.failing = 1;
    const call = queuedCall(simulator, 2);
    const first = makeDaemon(simulator, rules(simulator), undefined, store);
    await first.daemon.start();
    call.bump();
    await eventually('the lookup has failed', () => first.log.of('lookup.failed').length > 0);
    expect(await first.daemon.stop()).to.equal(1);
    simulator.crmFaults.failing = 0;
    const second = makeDaemon(simulator, rules(simulator), undefined, store);
    try {
      await second.daemon.start();
      call.bump();
      await eventually('the attribute is there', () => customerAttributes(call)['crmCustomerId'] === simulator.customers[2]?.id);
      expect(second.log.of('intent.accepted')).to.be.empty;
      expect(simulator.ledger.writes.filter(({ status }) => status === 200)).to.have.length(1);
    } finally {
      await second.daemon.stop();
      await simulator.close();
    }
  });

  it('sends nothing for what stands by now, and gives up what no rule wishes any more', async () => {
    const simulator = await openSimulator();
    const store = new MemoryStore();
    const call = queuedCall(simulator);
    const [customer] = call.conversation?.participants ?? [];
    const intent = {
      conversationId: call.id,
      participant: { id: customer?.id ?? '' },
      acceptedAt: Date.now(),
      state: 'accepted',
      attempts: 1,
    } as const;
    await store.put({ ...intent, id: 'stands', sequence: 1, attributes: { tier: 'gold' } });
    await store.put({ ...intent, id: 'orphan', sequence: 2, attributes: undefined, rule: 'gone', firing: '["gone","c"]' });
    Object.assign(customer?.attributes ?? {}, { tier: 'gold' });
    const { daemon, log } = makeDaemon(simulator, {}, undefined, store);
    try {
      await daemon.start();
      await eventually('both are finished', () => daemon.outbox.open().length === 0);
      expect([daemon.outbox.get('stands')?.state, daemon.outbox.get('orphan')?.state]).to.deep.equal(['satisfied', 'dead']);
      expect(log.of('intent.dead')[0]).to.include({ intentId: 'orphan', reason: 'rule gone with its lookup is no longer in the config' });
      expect(simulator.ledger.writes).to.be.empty;
    } finally {
      await daemon.stop();
      await simulator.close();
    }
  });
});
