import { expect } from 'chai';
import type { Daemon } from '../../src/daemon.js';
import type { Intent } from '../../src/intent/intent.js';
import type { Call } from '../../src/simulator/calls/call.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, inHouse, queuedCall } from '../support/house.js';

const delays = { latencyUp: [2, 10], latencyDown: [2, 10], eventDelay: [1, 20] } as const;
/** So long that nothing here can have waited for it. */
const write = { confirmWithin: '60s', reassert: 2 };

async function knownCall(simulator: Simulator, daemon: Daemon): Promise<Call> {
  const call = queuedCall(simulator);
  await eventually('the call is known', () => daemon.registry.get(call.id) !== undefined);
  return call;
}

async function wish(daemon: Daemon, call: Call, attributes: Record<string, string>): Promise<Intent> {
  const intent = await daemon.outbox.accept({ conversationId: call.id, participant: { purpose: 'customer' }, attributes });
  if (intent === undefined) throw new Error('not accepted');
  daemon.writer.submit({ ...intent, attributes });
  await eventually('it is confirmed', () => daemon.outbox.get(intent.id)?.state === 'confirmed');
  return intent;
}

function overwrite({ world }: Simulator, { conversation }: Call, values: Record<string, string>): void {
  const customer = conversation?.participants.find(({ purpose }) => purpose === 'customer');
  if (conversation !== undefined && customer !== undefined) world.write(conversation, new Map([[customer, values]]));
}

describe('a value that others revert', () => {
  for (const eventVersions of ['version', 'etag', 'none'] as const)
    it(`is back within confirmWithin after the end of a flow, where events tell ${eventVersions}`, () =>
      inHouse({ config: { write }, scenario: { faults: { ...delays, eventVersions } } }, async ({ simulator, daemon, log }) => {
        const call = await knownCall(simulator, daemon);
        const { id } = await wish(daemon, call, { tier: 'gold' });
        call.perform({ do: 'flow-end' });
        expect(customerAttributes(call)['tier']).to.equal(undefined);
        await eventually('it is back', () => customerAttributes(call)['tier'] === 'gold');
        await eventually('it is confirmed again', () => daemon.outbox.get(id)?.state === 'confirmed');
        expect(log.of('intent.reasserted')).to.have.length(1);
        expect(log.of('intent.reasserted')[0]).to.deep.include({ intentId: id, keys: ['tier'], times: 1 });
      }));

  it('is back too where the write is of the kind that is carried out after its answer', () =>
    inHouse({ config: { write: { ...write, target: 'attributes' } }, scenario: { faults: delays } }, async ({ simulator, daemon, log }) => {
      const call = await knownCall(simulator, daemon);
      await wish(daemon, call, { tier: 'gold' });
      call.perform({ do: 'flow-end' });
      await eventually('it is back', () => customerAttributes(call)['tier'] === 'gold');
      expect(log.of('intent.reasserted')).to.have.length(1);
    }));

  it('is back too where the call was evicted meanwhile, and is seen anew by what reverts it', () =>
    inHouse({ config: { write, conversations: { max: 1 } }, scenario: { faults: delays } }, async ({ simulator, daemon, log }) => {
      const call = await knownCall(simulator, daemon);
      const { id } = await wish(daemon, call, { tier: 'gold' });
      queuedCall(simulator, 1);
      await eventually('the call is evicted', () => daemon.registry.get(call.id) === undefined);
      call.perform({ do: 'flow-end' });
      await eventually('it is back', () => customerAttributes(call)['tier'] === 'gold');
      expect(log.of('intent.reasserted').map(({ intentId }) => intentId)).to.deep.equal([id]);
    }));

  it('is written again at most `reassert` times, and then a dead letter that says overwritten', () =>
    inHouse({ config: { write }, scenario: { faults: delays } }, async ({ simulator, daemon, log }) => {
      const call = await knownCall(simulator, daemon);
      const { id } = await wish(daemon, call, { tier: 'gold', note: 'n' });
      for (let count = 0; count < 3; count += 1) {
        overwrite(simulator, call, { tier: `theirs ${count}` });
        await eventually(
          'it is back or given up',
          () => customerAttributes(call)['tier'] === 'gold' || daemon.outbox.get(id)?.state === 'dead',
        );
      }
      await eventually('it is given up', () => daemon.outbox.get(id)?.state === 'dead');
      expect(daemon.outbox.get(id)?.reason).to.deep.equal({ what: 'overwritten', keys: ['tier'] });
      expect(log.of('intent.reasserted').map(({ times }) => times)).to.deep.equal([1, 2]);
      const taken = simulator.ledger.writes.filter(({ status, attributes }) => status === 200 && attributes['tier'] === 'gold');
      expect(taken).to.have.length(3);
      expect(customerAttributes(call)).to.include({ tier: 'theirs 2', note: 'n' });
    }));
});
