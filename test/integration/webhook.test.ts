import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { bodyA, bodyB } from '../../src/simulator/platform/bodies.js';
import type { SimConversation } from '../../src/simulator/platform/model.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, inHouse, queuedCall } from '../support/house.js';

/** Every secret of a house is the client's. */
const { secret } = simulatorClient;

const config = {
  notifications: { topics: [] },
  http: { listen: '127.0.0.1:0', webhookSecretFile: 'webhook-secret' },
  rules: [{ name: 'mark', when: 'conversation.started', set: { seen: 'event.metadata.by', phone: 'participant.ani' } }],
};

async function post(address: string | undefined, body: unknown, key: string): Promise<{ status: number; body: unknown }> {
  const text = JSON.stringify(body);
  const response = await fetch(`http://${address ?? ''}/webhooks/genesys`, {
    method: 'POST',
    headers: { 'x-signature': createHmac('sha256', key).update(text).digest('hex'), connection: 'close' },
    body: text,
  });
  return { status: response.status, body: await response.json() };
}

describe('a conversation that is known by webhook alone, on real sockets', () => {
  const shapes: [what: string, body: (conversation: SimConversation) => Record<string, unknown>][] = [
    ['of shape A without a version', bodyA],
    ['of shape B with its version', (conversation) => ({ ...bodyB(conversation), version: conversation.version })],
  ];
  for (const [what, bodyOf] of shapes)
    it(`${what} gets what a rule wishes, once, and nothing by a forged one`, () =>
      inHouse({ config }, async ({ simulator, daemon, log }) => {
        const call = queuedCall(simulator, 3);
        const { conversation } = call;
        if (conversation === undefined) throw new Error('the call has not begun');
        const webhook = { event: 'conversation:started', eventBody: bodyOf(conversation), metadata: { by: 'webhook' } };

        expect((await post(daemon.address, webhook, 'forged')).status).to.equal(401);
        expect(log.of('webhook.rejected')).to.have.length(1);
        expect(daemon.registry.size).to.equal(0);

        expect(await post(daemon.address, webhook, secret)).to.deep.equal({ status: 202, body: { outcome: 'newer' } });
        await eventually('the attribute is there', () => customerAttributes(call)['seen'] === 'webhook');
        expect(customerAttributes(call)['phone']).to.equal(simulator.customers[3]?.phone);

        expect(await post(daemon.address, webhook, secret)).to.deep.equal({ status: 202, body: { outcome: 'duplicate' } });
        expect(log.of('intent.accepted')).to.have.length(1);
        expect(simulator.ledger.writes).to.have.length(1);
        expect(daemon.registry.outcomes).to.include({ newer: 1 });
        expect(log.text).not.to.contain(secret);
      }));
});
