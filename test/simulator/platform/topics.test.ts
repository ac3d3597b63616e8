import { expect } from 'chai';
import { expand, permissionOf, topicsOf } from '../../../src/simulator/platform/topics.js';
import { Org } from '../org.js';

describe('the topics of the simulator', () => {
  const known: [string, string | undefined][] = [
    ['v2.users.u.conversations', 'conversation:communication:view'],
    ['v2.users.u.conversations.calls', 'conversation:communication:view'],
    ['v2.users.u.presence', 'presence:user:view'],
    ['v2.routing.queues.q.conversations.messages', 'routing:queue:view'],
    ['v2.detail.events.conversation.c.attributes', 'analytics:conversationDetail:view'],
    ['v2.detail.events.conversation.c.customer.start', 'analytics:conversationDetail:view'],
    ['v2.conversations.c', undefined],
    ['v2.users.*.conversations', undefined],
    ['v2.users.u.conversations.faxes', undefined],
  ];
  for (const [topic, permission] of known) {
    it(`${permission === undefined ? 'do not know' : `ask for ${permission} for`} ${topic}`, () => {
      expect(permissionOf(topic)).to.equal(permission);
    });
  }

  it('expand a combined one', () => {
    expect(expand('v2.users.u?conversations.calls&presence')).to.deep.equal(['v2.users.u.conversations.calls', 'v2.users.u.presence']);
    expect(expand('v2.users.u.presence')).to.deep.equal(['v2.users.u.presence']);
  });

  it('tell a call under its queues and its users, in both shapes', () => {
    const call = new Org().call();
    call.perform({ do: 'alert', userId: 'ada' });
    expect([...topicsOf(call.conversation!)]).to.deep.equal([
      ['v2.routing.queues.billing.conversations', 'A'],
      ['v2.routing.queues.billing.conversations.calls', 'B'],
      ['v2.users.ada.conversations', 'A'],
      ['v2.users.ada.conversations.calls', 'B'],
    ]);
  });
});
