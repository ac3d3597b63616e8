import { expect } from 'chai';
import { WantedUpdates } from '../../src/demo/wanted.js';
import { Call } from '../../src/simulator/calls/call.js';
import type { Action } from '../../src/simulator/calls/script.js';
import type { Customer } from '../../src/simulator/crm.js';
import { World } from '../../src/simulator/platform/world.js';
import { Random } from '../../src/simulator/random.js';
import { FakeClock } from '../support/fake-clock.js';

const customer: Customer = { id: 'C-1', phone: '+1', name: 'Ada', tier: 'gold', caseNumber: 'CASE-1' };

function setUp(customers: readonly Customer[] = [customer]) {
  const clock = new FakeClock();
  const wanted = new WantedUpdates(customers, () => clock.now());
  const call = new Call(new World(clock), '+1', new Random(1));
  const act = (...actions: Action[]): void => {
    for (const action of actions) {
      call.perform(action);
      wanted.onAction(call, { after: 0, action });
    }
  };
  return { clock, wanted, call, act };
}

describe('the updates that the demo wants', () => {
  it('are the tier and the queue when a call is queued, and the agent when one takes it', async () => {
    const { clock, wanted, call, act } = setUp();
    act({ do: 'start' }, { do: 'dtmf' });
    expect(wanted.of(call.id)).to.deep.equal({});
    await clock.advance(5);
    act({ do: 'enter-queue', queueId: 'billing' });
    await clock.advance(5);
    act({ do: 'alert', userId: 'ada' }, { do: 'decline' }, { do: 'alert', userId: 'grace' }, { do: 'connect' });
    expect(wanted.all).to.deep.equal([
      { conversationId: call.id, attributes: { crmCustomerId: 'C-1', priorityLevel: 'HIGH' }, at: 5 },
      { conversationId: call.id, attributes: { lastQueue: 'billing' }, at: 5 },
      { conversationId: call.id, attributes: { lastAgent: 'grace' }, at: 10 },
    ]);
    expect(wanted.of(call.id)).to.deep.equal({ crmCustomerId: 'C-1', priorityLevel: 'HIGH', lastQueue: 'billing', lastAgent: 'grace' });
  });

  it('come once, however often their cause', () => {
    const { wanted, call, act } = setUp();
    act({ do: 'start' }, { do: 'enter-queue', queueId: 'a' }, { do: 'enter-queue', queueId: 'a' }, { do: 'enter-queue', queueId: 'b' });
    expect(wanted.all.map(({ attributes }) => attributes['lastQueue'])).to.deep.equal([undefined, 'a', 'b']);
    expect(wanted.of(call.id)).to.include({ lastQueue: 'b' });
  });

  it('know normal priority, and customers that the CRM does not know', () => {
    const silver = setUp([{ ...customer, tier: 'silver' }]);
    silver.act({ do: 'start' }, { do: 'enter-queue', queueId: 'a' });
    expect(silver.wanted.of(silver.call.id)).to.include({ priorityLevel: 'NORMAL' });
    const stranger = setUp([]);
    stranger.act({ do: 'start' }, { do: 'enter-queue', queueId: 'a' });
    expect(stranger.wanted.of(stranger.call.id)).to.deep.equal({ lastQueue: 'a' });
  });

  it('are none for a call that has not begun', () => {
    const { wanted, call } = setUp();
    wanted.onAction(call, { after: 0, action: { do: 'connect' } });
    expect(wanted.all).to.be.empty;
  });
});
