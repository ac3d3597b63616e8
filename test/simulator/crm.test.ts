import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { createCrm, makeCustomers, type CrmFaults } from '../../src/simulator/crm.js';
import { Random } from '../../src/simulator/random.js';
import { FakeClock, settled } from '../support/fake-clock.js';

function setUp(faults: Partial<CrmFaults> = {}) {
  const clock = new FakeClock();
  const customers = makeCustomers(3, new Random(1));
  const crm = createCrm(customers, { latency: [0, 0], failing: 0, ...faults }, { deadlines: new Deadlines(clock), random: new Random(2) });
  const ask = (phone: string) => crm.inject({ method: 'GET', url: '/customers', query: { phone } });
  return { clock, customers, crm, ask };
}

describe('the CRM of the simulator', () => {
  it('has the same customers for the same seed, each with a number of its own', () => {
    const customers = makeCustomers(50, new Random(1));
    expect(makeCustomers(50, new Random(1))).to.deep.equal(customers);
    expect(makeCustomers(50, new Random(2))).not.to.deep.equal(customers);
    expect(new Set(customers.map(({ phone }) => phone)).size).to.equal(50);
  });

  it('finds a customer by phone', async () => {
    const { customers, ask } = setUp();
    const answer = await ask(customers[1]!.phone);
    expect(answer.statusCode).to.equal(200);
    expect(answer.json()).to.deep.equal(customers[1]);
  });

  it('answers 404 for a number that it does not know, and for none', async () => {
    const { crm, ask } = setUp();
    expect((await ask('+1')).statusCode).to.equal(404);
    expect((await crm.inject({ method: 'GET', url: '/customers' })).statusCode).to.equal(404);
  });

  it('answers 503 when it fails', async () => {
    const { customers, ask } = setUp({ failing: 1 });
    expect((await ask(customers[0]!.phone)).statusCode).to.equal(503);
  });

  it('takes its time', async () => {
    const { clock, customers, ask } = setUp({ latency: [80, 80] });
    let answered = false;
    const answer = ask(customers[0]!.phone).then(({ statusCode }) => {
      answered = true;
      return statusCode;
    });
    for (let turn = 0; turn < 1_000 && clock.timers === 0; turn += 1) await settled();
    await clock.advance(79);
    expect(answered).to.be.false;
    await clock.advance(1);
    expect(await answer).to.equal(200);
  });
});
