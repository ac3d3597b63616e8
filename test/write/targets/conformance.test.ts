import { expect } from 'chai';
import type { Daemon } from '../../../src/daemon.js';
import type { Intent } from '../../../src/intent/intent.js';
import type { Call } from '../../../src/simulator/calls/call.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import type { WriteTarget } from '../../../src/write/targets/target.js';
import { targets } from '../../../src/write/targets/targets.js';
import { eventually } from '../../support/eventually.js';
import { inHouse, queuedCall, type House } from '../../support/house.js';

/** How a test sees what a target writes, and how somebody else writes there. */
interface Place {
  read(call: Call): Record<string, unknown>;
  write(simulator: Simulator, call: Call, values: Record<string, string>): void;
}

const customer = ({ conversation }: Call) => conversation?.participants.find(({ purpose }) => purpose === 'customer');

const ofCustomer: Place = {
  read: (call) => ({ ...customer(call)?.attributes }),
  write: ({ world }, call, values) => {
    const participant = customer(call);
    if (call.conversation !== undefined && participant !== undefined) world.write(call.conversation, new Map([[participant, values]]));
  },
};

const places: Record<keyof typeof targets, Place> = {
  voice: ofCustomer,
  'voice-conversation': ofCustomer,
  attributes: ofCustomer,
  'secure-attributes': {
    read: ({ conversation }) => ({ ...conversation?.secure.attributes }),
    write: ({ world }, { conversation }, values) => {
      if (conversation !== undefined) world.putSecure(conversation, { ...conversation.secure.attributes, ...values });
    },
  },
  'custom-attributes': {
    read: ({ conversation }) => ({ ...conversation?.custom.get('record')?.customAttributes }),
    write: ({ world }, { conversation }, values) => {
      if (conversation !== undefined) world.putCustom(conversation, 'record', { customAttributes: values, divisions: ['d'] }, 'merge');
    },
  },
};

/** All that a client may be allowed to see. */
const views = ['routing:queue:view', 'conversation:view', 'conversation:participant:attributesview', 'conversation:customAttributes:view'];

async function wish(daemon: Daemon, call: Call, attributes: Record<string, string>): Promise<Intent> {
  const intent = await daemon.outbox.accept({ conversationId: call.id, participant: { purpose: 'customer' }, attributes });
  if (intent === undefined) throw new Error('not accepted');
  daemon.writer.submit({ ...intent, attributes });
  return intent;
}

for (const target of Object.values<WriteTarget>(targets)) {
  const place = places[target.name];

  describe(`the write target ${target.name}`, () => {
    /** A house with a call whose place has a key of somebody else's, and an end for each intent. */
    const withCall = (
      test: (house: House & { call: Call; ended: (intent: Intent, state: string) => Promise<Intent> }) => Promise<void>,
      scenario: Parameters<typeof inHouse>[0]['scenario'] = {},
    ): Promise<void> =>
      inHouse({ config: { write: { target: target.name, confirmWithin: '1s' } }, scenario }, async (house) => {
        const { simulator, daemon } = house;
        const call = queuedCall(simulator);
        place.write(simulator, call, { theirs: 'x' });
        const known = (): boolean => {
          const shown = daemon.registry.get(call.id)?.snapshot.participants.find(({ purpose }) => purpose === 'customer');
          return target.holder === 'conversation' ? shown !== undefined : shown?.attributes?.['theirs'] === 'x';
        };
        await eventually('the call is known', known);
        const ended = async (intent: Intent, state: string): Promise<Intent> => {
          await eventually(`the intent is ${state}`, () => [state, 'dead'].includes(daemon.outbox.get(intent.id)?.state ?? ''));
          const end = daemon.outbox.get(intent.id);
          expect(end?.state, JSON.stringify(end)).to.equal(state);
          return end ?? intent;
        };
        await test({ ...house, call, ended });
      });

    it('sets own keys, leaves those of others, and comes to confirmed', () =>
      withCall(async ({ daemon, call, ended, log }) => {
        await ended(await wish(daemon, call, { tier: 'gold' }), 'confirmed');
        expect(place.read(call)).to.deep.equal({ theirs: 'x', tier: 'gold' });
        await ended(await wish(daemon, call, { tier: 'silver', case: '7' }), 'confirmed');
        expect(place.read(call)).to.deep.equal({ theirs: 'x', tier: 'silver', case: '7' });
        expect(log.of('write.sent').flatMap(({ keys }) => keys)).to.deep.equal(['tier', 'tier', 'case']);
        expect(log.of('intent.reasserted')).to.be.empty;
      }));

    it('merges wishes that come together into one write, the last value of each key winning', () =>
      withCall(async ({ daemon, call, ended, log }) => {
        const [first, second] = await Promise.all([
          wish(daemon, call, { tier: 'gold', case: '7' }),
          wish(daemon, call, { tier: 'silver', note: 'n' }),
        ]);
        await ended(first, 'confirmed');
        await ended(second, 'confirmed');
        expect(place.read(call)).to.deep.equal({ theirs: 'x', tier: 'silver', case: '7', note: 'n' });
        expect(log.of('write.sent')).to.have.length(1);
      }));

    it('sends nothing for a value that stands', () =>
      withCall(async ({ daemon, call, ended, log }) => {
        await ended(await wish(daemon, call, { theirs: 'x' }), 'satisfied');
        expect(log.of('write.sent')).to.be.empty;
      }));

    it(
      target.precondition === 'none'
        ? 'loses nothing where somebody else writes meanwhile'
        : 'survives a conflict, and loses neither theirs nor ours',
      () =>
        withCall(
          async ({ simulator, daemon, call, ended, log }) => {
            const intent = await wish(daemon, call, { tier: 'gold' });
            await eventually('the write is on its way', () => log.of('write.sent').length === 1);
            place.write(simulator, call, { theirs: 'y', more: 'z' });
            await ended(intent, 'confirmed');
            expect(place.read(call)).to.deep.equal({ theirs: 'y', more: 'z', tier: 'gold' });
            expect(log.of('write.conflict')).to.have.length(target.precondition === 'none' ? 0 : 1);
          },
          { faults: { latencyUp: [60, 60], latencyDown: [0, 0], eventDelay: [0, 0] } },
        ),
    );

    it('has one write in flight at a time, however many wishes come', () =>
      withCall(
        async ({ simulator, daemon, call, ended, log }) => {
          const intents: Intent[] = [];
          for (let count = 0; count < 12; count += 1) {
            intents.push(await wish(daemon, call, { tier: String(count), [`k${count}`]: 'v' }));
            await eventually('something of it moves', () => log.of('write.sent').length > count / 6);
          }
          for (const intent of intents) await ended(intent, 'confirmed');
          expect(place.read(call)).to.include({ theirs: 'x', tier: '11', k0: 'v', k11: 'v' });
          expect(simulator.ledger.overlaps).to.equal(0);
          const flights = log.lines.filter(({ event }) =>
            ['write.sent', 'write.applied', 'write.conflict', 'write.failed'].includes(event),
          );
          flights.forEach(({ event }, index) => expect(event === 'write.sent').to.equal(index % 2 === 0));
        },
        { faults: { latencyUp: [5, 20], latencyDown: [5, 20] } },
      ));

    it('is dead with the reason after a 403', () =>
      withCall(
        async ({ daemon, call, ended, log }) => {
          const { reason } = await ended(await wish(daemon, call, { tier: 'gold' }), 'dead');
          expect(reason).to.include({ status: 403, code: 'missing.permissions' });
          expect(log.of('write.failed')).to.have.length(1);
          expect(place.read(call)).to.deep.equal({ theirs: 'x' });
        },
        { permissions: views },
      ));

    it('is dead with the reason after a 404', () =>
      withCall(async ({ simulator, daemon, call, ended }) => {
        simulator.world.conversations.delete(call.id);
        const { reason } = await ended(await wish(daemon, call, { tier: 'gold' }), 'dead');
        expect(reason).to.include({ status: 404, code: 'not.found' });
        expect(reason?.what).not.to.contain('set write.target');
      }));

    // the conversation itself can be read in every org, so of `attributes` a read does not tell
    if (target.name !== 'attributes') {
      const family = target.name === 'voice-conversation' ? 'voice' : target.name;
      const served = (['voice', 'attributes', 'secure-attributes', 'custom-attributes'] as const).filter((name) => name !== family);
      it('is dead in an org that does not serve it, and the reason names those that are', () =>
        withCall(
          async ({ daemon, call, ended }) => {
            const { reason } = await ended(await wish(daemon, call, { tier: 'gold' }), 'dead');
            expect(reason?.what).to.contain(`write.target ${target.name} is not there in this org`);
            for (const name of served) expect(reason?.what).to.contain(name);
          },
          { targets: [...served] },
        ));
    }
  });
}
