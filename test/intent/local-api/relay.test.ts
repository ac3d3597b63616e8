import { expect } from 'chai';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Intent } from '../../../src/intent/intent.js';
import { Relays, type Relay } from '../../../src/intent/local-api/relay.js';
import type { Outbox } from '../../../src/intent/outbox.js';

const url = '/conversations/c1/participants/p1/attributes';

/** An instance: what its API was asked to accept, and under which name. */
interface Instance {
  server: FastifyInstance;
  accepted: { by: 'owner' | 'for whoever has it'; id: string | undefined }[];
  /** Its way to the others. */
  relay: Relay;
  answer: (question: string) => Promise<string>;
}

/** Two instances of one fleet: one is asked, the other one owns the conversation. `delay` is how long a question is under way, in ms. */
function fleet({ patience = true, delay = 0, owned = true } = {}): Record<'asked' | 'owning', Instance> {
  let now = 1_000_000;
  const made = (ownerOf: () => string | undefined, ask: Relay['ask']): Instance => {
    const server = Fastify();
    const accepted: Instance['accepted'] = [];
    let answer: Instance['answer'] = () => Promise.reject(new Error('nobody asks yet'));
    const relay: Relay = {
      ownerOf,
      others: [],
      ask,
      answer: (handler) => (answer = handler),
      now: () => now,
      accept: () => Promise.reject(new Error('the route does that')),
    };
    const relays = new Relays(relay, { get: (): Intent | undefined => undefined } as unknown as Outbox);
    relays.register(server, () => undefined);
    server.put('/conversations/:cid/participants/:pid/attributes', async (request, reply) => {
      accepted.push({ by: relays.isUnowned(request) ? 'for whoever has it' : 'owner', id: relays.wishId(request) });
      return reply.code(202).send({ by: 'this one' });
    });
    return { server, accepted, relay, answer: (question) => answer(question) };
  };
  const owning = made(
    () => 'here',
    () => Promise.reject(new Error('it asks nobody')),
  );
  const asked = made(
    () => (owned ? 'vm-2' : undefined),
    async (_, question) => {
      now += delay;
      const answer = await owning.answer(question);
      if (!patience) throw new Error('it gave no answer in time');
      return answer;
    },
  );
  return { asked, owning };
}

const put = async ({ server }: Instance): Promise<number> =>
  (await server.inject({ method: 'PUT', url, payload: { attributes: { a: '1' } } })).statusCode;

describe('a wish that is put at another instance than its owner', () => {
  it('is accepted by the owner', async () => {
    const { asked, owning } = fleet();
    expect(await put(asked)).to.equal(202);
    expect(owning.accepted.map(({ by }) => by)).to.deep.equal(['owner']);
    expect(asked.accepted).to.deep.equal([]);
  });

  it('has one name where the owner accepts it and gives no answer in time', async () => {
    const { asked, owning } = fleet({ patience: false });
    expect(await put(asked)).to.equal(202);
    const [[first], [second]] = [owning.accepted, asked.accepted];
    expect(first?.by).to.equal('owner');
    expect(second?.by).to.equal('for whoever has it');
    expect(first?.id).to.be.a('string').and.equal(second?.id);
  });

  it('is not accepted by an owner who wakes when somebody else has accepted it', async () => {
    const { asked, owning } = fleet({ delay: 2_500 });
    expect(await put(asked)).to.equal(202);
    expect(owning.accepted).to.deep.equal([]);
    expect(asked.accepted.map(({ by }) => by)).to.deep.equal(['for whoever has it']);
  });

  it('is accepted for whoever will have its conversation while nobody has it', async () => {
    const { asked, owning } = fleet({ owned: false });
    expect(await put(asked)).to.equal(202);
    expect(owning.accepted).to.deep.equal([]);
    expect(asked.accepted[0]?.by).to.equal('for whoever has it');
  });

  it('needs no name where it is put at its owner', async () => {
    const { owning } = fleet();
    expect(await put(owning)).to.equal(202);
    expect(owning.accepted).to.deep.equal([{ by: 'owner', id: undefined }]);
  });
});
