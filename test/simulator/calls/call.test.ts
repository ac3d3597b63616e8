import { expect } from 'chai';
import { Call } from '../../../src/simulator/calls/call.js';
import type { SimParticipant } from '../../../src/simulator/platform/model.js';
import { World } from '../../../src/simulator/platform/world.js';
import { Random } from '../../../src/simulator/random.js';
import { FakeClock } from '../../support/fake-clock.js';

function setUp(): { call: Call; world: World; purposes: () => string[]; last: () => SimParticipant } {
  const world = new World(new FakeClock());
  const call = new Call(world, '+15551000000', new Random(1));
  return {
    call,
    world,
    purposes: () => call.conversation!.participants.map(({ purpose, state }) => `${purpose} ${state}`),
    last: () => call.conversation!.participants.at(-1)!,
  };
}

/** A call that an agent has taken. */
function connected(): ReturnType<typeof setUp> {
  const fixture = setUp();
  fixture.call.perform({ do: 'start' });
  fixture.call.perform({ do: 'enter-queue', queueId: 'billing' });
  fixture.call.perform({ do: 'alert', userId: 'ada' });
  fixture.call.perform({ do: 'connect' });
  return fixture;
}

describe('a call of the simulator', () => {
  it('begins with the customer in the IVR', () => {
    const { call, purposes } = setUp();
    call.perform({ do: 'start' });
    expect(purposes()).to.deep.equal(['customer connected', 'ivr connected']);
    expect(call.conversation).to.include({ id: call.id, version: 1 });
    expect(call.conversation!.participants[0]).to.include({ address: 'tel:+15551000000', ani: '+15551000000' });
  });

  it('does nothing before it has begun', () => {
    const { call, world } = setUp();
    call.bump();
    expect(call.conversation).to.be.undefined;
    expect(world.conversations.size).to.equal(0);
  });

  it('gives the queue a copy of the attributes of the customer', () => {
    const { call, purposes, last } = setUp();
    call.perform({ do: 'start' });
    const [customer] = call.conversation!.participants;
    customer!.attributes['tier'] = 'gold';
    call.perform({ do: 'enter-queue', queueId: 'billing' });
    expect(purposes()).to.deep.equal(['customer connected', 'ivr terminated', 'acd connected']);
    expect(last()).to.deep.include({ queueId: 'billing', attributes: { tier: 'gold' } });
    customer!.attributes['tier'] = 'silver';
    expect(last().attributes).to.deep.equal({ tier: 'gold' });
  });

  it('leaves a dead agent behind for each declined alert', () => {
    const { call, purposes, last } = setUp();
    call.perform({ do: 'start' });
    call.perform({ do: 'enter-queue', queueId: 'billing' });
    call.perform({ do: 'alert', userId: 'ada' });
    expect(last()).to.deep.include({ userId: 'ada', queueId: 'billing', state: 'alerting', attributes: {} });
    expect(last()).not.to.have.property('connectedTime');
    call.perform({ do: 'decline' });
    expect(last()).to.include({ state: 'disconnected', disconnectType: 'timeout' }).and.to.have.property('endTime');
    call.perform({ do: 'alert', userId: 'ada' });
    expect(purposes().slice(3)).to.deep.equal(['agent disconnected', 'agent alerting']);
    expect(new Set(call.conversation!.participants.map(({ id }) => id)).size).to.equal(5);
  });

  it('leaves the queue when an agent takes it', () => {
    const { purposes, last } = connected();
    expect(purposes()).to.deep.equal(['customer connected', 'ivr terminated', 'acd terminated', 'agent connected']);
    expect(last()).to.include({ recording: true }).and.to.have.property('connectedTime');
  });

  it('holds, mutes or records with each bump, and only that', () => {
    const { call, last } = connected();
    const flags = (): boolean[] => [last().held, last().muted, last().recording];
    for (let count = 0; count < 20; count += 1) {
      const before = flags();
      call.bump();
      expect(flags().filter((flag, index) => flag !== before[index])).to.have.length(1);
    }
    expect(call.conversation!.version).to.equal(24);
  });

  it('takes back what others wrote to the customer when its flow ends, and leaves what stood there from the start', () => {
    const world = new World(new FakeClock());
    const call = new Call(world, '+1', new Random(1), { language: 'en' });
    call.perform({ do: 'start' });
    const [customer, ivr] = call.conversation!.participants;
    expect(customer!.attributes).to.deep.equal({ language: 'en' });
    world.write(
      call.conversation!,
      new Map([
        [customer!, { tier: 'gold', language: 'de' }],
        [ivr!, { a: '1' }],
      ]),
    );
    call.perform({ do: 'enter-queue', queueId: 'billing' });
    const { version } = call.conversation!;
    for (const times of [1, 2]) {
      world.write(call.conversation!, new Map([[customer!, { tier: 'silver' }]]));
      call.perform({ do: 'flow-end' });
      expect(customer!.attributes).to.deep.equal({ language: 'en' });
      expect(call.conversation!.version).to.equal(version + 2 * times);
    }
    expect(ivr!.attributes).to.deep.equal({ a: '1' });
  });

  it('is not changed by a flow that ends after it', () => {
    const { call, world } = connected();
    const [customer] = call.conversation!.participants;
    world.write(call.conversation!, new Map([[customer!, { tier: 'gold' }]]));
    call.perform({ do: 'hang-up' });
    call.perform({ do: 'flow-end' });
    expect(customer!.attributes).to.deep.equal({ tier: 'gold' });
  });

  it('changes nothing but its version with a digit', () => {
    const { call } = setUp();
    call.perform({ do: 'start' });
    const before = JSON.stringify(call.conversation!.participants);
    call.perform({ do: 'dtmf' });
    expect(JSON.stringify(call.conversation!.participants)).to.equal(before);
    expect(call.conversation!.version).to.equal(2);
  });

  it('goes to another queue when it is transferred', () => {
    const { call, purposes } = connected();
    call.perform({ do: 'transfer', queueId: 'support' });
    call.perform({ do: 'enter-queue', queueId: 'support' });
    expect(purposes().slice(3)).to.deep.equal(['agent disconnected', 'acd connected']);
    expect(call.conversation).not.to.have.property('endTime');
  });

  it('ends when the customer hangs up, and is wrapped up after that', () => {
    const { call, purposes, last } = connected();
    call.perform({ do: 'hang-up' });
    expect(purposes()).to.deep.equal(['customer terminated', 'ivr terminated', 'acd terminated', 'agent disconnected']);
    expect(call.conversation).to.have.property('endTime');
    expect(last().wrapup).to.equal('pending');
    const { version } = call.conversation!;
    call.bump();
    call.perform({ do: 'wrap-up' });
    expect(last()).to.include({ wrapup: 'done', state: 'terminated' });
    expect(call.conversation!.version).to.equal(version + 2);
  });

  it('gets no new participants after its end', () => {
    const { call } = connected();
    call.perform({ do: 'hang-up' });
    const { version } = call.conversation!;
    call.perform({ do: 'enter-queue', queueId: 'support' });
    call.perform({ do: 'alert', userId: 'ada' });
    expect(call.conversation!.participants).to.have.length(4);
    expect(call.conversation!.version).to.equal(version);
  });

  it('ends wherever the customer hangs up', () => {
    for (const steps of [0, 1, 2]) {
      const { call } = setUp();
      const actions = [{ do: 'enter-queue', queueId: 'billing' } as const, { do: 'alert', userId: 'ada' } as const];
      call.perform({ do: 'start' });
      for (const action of actions.slice(0, steps)) call.perform(action);
      call.perform({ do: 'hang-up' });
      expect(call.conversation, `after ${steps} steps`).to.have.property('endTime');
    }
  });

  it('minds no action that has nobody to act on', () => {
    const { call } = setUp();
    call.perform({ do: 'start' });
    for (const action of ['decline', 'connect', 'wrap-up'] as const) call.perform({ do: action });
    call.perform({ do: 'alert', userId: 'ada' });
    expect(call.conversation!.participants.at(-1)).not.to.have.property('queueId');
    expect(call.conversation!.participants).to.have.length(3);
  });
});
