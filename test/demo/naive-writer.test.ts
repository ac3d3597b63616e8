import { expect } from 'chai';
import { Auditor } from '../../src/demo/auditor.js';
import { NaiveWriter } from '../../src/demo/naive-writer.js';
import type { Call } from '../../src/simulator/calls/call.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, queuedCall } from '../support/house.js';
import { Streaming } from '../simulator/platform/listener.js';

interface Fixture {
  org: Streaming;
  naive: NaiveWriter;
  auditor: Auditor;
}

/** Runs a test with a naive writer on a simulator, in a time that the test owns. */
async function withNaive(test: (fixture: Fixture) => Promise<void>): Promise<void> {
  const org = new Streaming({ crm: { latency: [0, 0] } });
  await org.simulator.listen();
  const auditor = new Auditor();
  const { url, crmUrl, topics } = org.simulator;
  const naive = new NaiveWriter({ url, crmUrl, topics, clock: org.clock, auditor });
  try {
    await naive.start();
    await eventually('it is connected', () => org.simulator.channels.all().some(({ socket }) => socket !== undefined));
    await test({ org, naive, auditor });
  } finally {
    naive.close();
    await org.close();
    await eventually('its connections have ended', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
  }
}

function take(call: Call, userId: string): void {
  call.perform({ do: 'alert', userId });
  call.perform({ do: 'connect' });
}

describe('the naive writer of the demo', () => {
  it('writes tier, queue and agent of a calm call', () =>
    withNaive(async ({ org, naive, auditor }) => {
      const call = queuedCall(org.simulator);
      const [customer] = org.simulator.customers;
      const written = (): number => Object.keys(customerAttributes(call)).length;
      await eventually('tier and queue are tried', () => org.simulator.ledger.writes.length >= 2);
      for (let waited = 0; written() < 3; waited += 1) {
        expect(waited).to.be.below(1_000);
        await org.clock.advance(100);
      }
      take(call, 'ada');
      for (let waited = 0; written() < 4; waited += 1) {
        expect(waited).to.be.below(1_000);
        await org.clock.advance(100);
      }
      expect(customerAttributes(call)).to.deep.equal({
        crmCustomerId: customer?.id,
        priorityLevel: customer?.tier === 'gold' ? 'HIGH' : 'NORMAL',
        lastQueue: org.simulator.queues[0],
        lastAgent: 'ada',
      });
      await eventually('it is idle', () => naive.working === 0);
      expect(naive.givenUp).to.equal(0);
      expect(auditor.knownStale).to.be.a('number');
    }));

  it('sends the same ETag again after each conflict, backs off twice as long each time, and gives up after six tries', () =>
    withNaive(async ({ org, naive, auditor }) => {
      const { simulator, clock } = org;
      const call = queuedCall(simulator);
      // whatever it has read is stale when its write comes in
      simulator.faults.latencyUp = [200, 200];
      while (naive.givenUp < 2) {
        call.bump();
        await clock.advance(100);
      }
      const { writes } = simulator.ledger;
      expect(writes).to.have.length(12);
      expect(writes.every(({ status }) => status === 409)).to.be.true;
      for (const key of ['crmCustomerId', 'lastQueue']) {
        const tries = writes.filter(({ attributes }) => key in attributes);
        expect(tries).to.have.length(6);
        expect(new Set(tries.map(({ ifMatch }) => ifMatch)).size).to.equal(1);
        for (const [index, wait] of [500, 1_000, 2_000, 4_000, 8_000].entries()) {
          expect(tries[index + 1]!.at - tries[index]!.at).to.be.at.least(wait);
        }
      }
      expect(auditor.knownStale).to.be.at.least(10);
      expect(naive.working).to.equal(0);
      expect(customerAttributes(call)).to.deep.equal({});
    }));

  it('tries again when it cannot read', () =>
    withNaive(async ({ org, naive }) => {
      org.simulator.faults.refuse = [{ status: 503, share: 1 }];
      queuedCall(org.simulator);
      for (let waited = 0; naive.givenUp < 2; waited += 1) {
        expect(waited).to.be.below(2_000);
        await org.clock.advance(100);
      }
      expect(org.simulator.ledger.writes).to.be.empty;
    }));

  it('does not mind events of which it can make nothing', () =>
    withNaive(async ({ org, naive }) => {
      const { socket } = org.simulator.channels.all()[0]!;
      for (const frame of [
        {},
        { eventBody: {} },
        { eventBody: { id: 'c' } },
        { eventBody: { id: 'c', participants: [{ id: 'p', purpose: 'acd' }] } },
      ]) {
        socket!.send(JSON.stringify(frame));
      }
      const call = queuedCall(org.simulator);
      await eventually('it works on the call', () => org.simulator.ledger.writes.some(({ conversationId }) => conversationId === call.id));
      expect(naive.givenUp).to.equal(0);
    }));

  it('can be closed in the middle of its work', () =>
    withNaive(async ({ org, naive }) => {
      org.simulator.faults.latencyUp = [1_000, 1_000];
      queuedCall(org.simulator);
      await eventually('it works', () => naive.working === 2);
      naive.close();
      await org.simulator.close();
      await eventually('its updates have ended with their connections', () => naive.working === 0);
      expect(naive.givenUp).to.equal(2);
    }));
});
