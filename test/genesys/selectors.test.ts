import { expect } from 'chai';
import fc from 'fast-check';
import { Refused } from '../../src/genesys/errors.js';
import { combine, expand, type Selector } from '../../src/genesys/selectors.js';
import { RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { answer, FakeExchange, rejection } from './support/answers.js';
import { ground } from './support/budgets.js';

interface Entity {
  id: string;
  name?: string;
  division?: { id: string };
}

/** A platform with these queues and users, in pages of 100, which takes no notice of `name`. */
function directory(entities: Entity[]): { rest: RestClient; asked: URL[] } {
  const asked: URL[] = [];
  const platform = new FakeExchange(({ url }) => {
    const { searchParams } = new URL(url);
    asked.push(new URL(url));
    const ids = searchParams.getAll('id');
    const all = ids.length === 0 ? entities : entities.filter(({ id }) => ids.includes(id));
    const page = Number(searchParams.get('pageNumber'));
    return answer(200, { entities: all.slice((page - 1) * 100, page * 100), pageCount: Math.ceil(all.length / 100) });
  });
  const base = ground();
  const login = new FakeExchange(() => answer(200, { access_token: 't', expires_in: 100 }));
  const token = new TokenSource({ ...base, exchange: login.exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
  return { rest: new RestClient({ budget: base.budget, token, exchange: platform.exchange, apiUrl: 'http://api', timeout: 1 }), asked };
}

const queues: Entity[] = [
  { id: 'q1', name: 'Billing North', division: { id: 'd1' } },
  { id: 'q2', name: 'billing south', division: { id: 'd2' } },
  { id: 'q3', name: 'Support (2nd)', division: { id: 'd1' } },
  { id: 'q4' },
];

describe('a selector', () => {
  const ids = async (selector: Selector): Promise<string[]> =>
    (await expand(directory(queues).rest, selector)).map((topic) => topic.split('.').at(-2) ?? '');

  it('stands for the queues whose name fits, in upper and lower case', async () => {
    const suffix = 'calls';
    expect(await ids({ queues: 'Billing*', suffix })).to.deep.equal(['q1', 'q2']);
    expect(await ids({ queues: '*south', suffix })).to.deep.equal(['q2']);
    expect(await ids({ queues: 'b*g*t*', suffix })).to.deep.equal(['q1', 'q2']);
    expect(await ids({ queues: 'Support (2nd)', suffix })).to.deep.equal(['q3']);
    expect(await ids({ queues: 'Support', suffix })).to.deep.equal([]);
    expect(await ids({ queues: '*', suffix })).to.deep.equal(['q1', 'q2', 'q3', 'q4']);
  });

  it('makes topics of them', async () => {
    const { rest, asked } = directory(queues);
    expect(await expand(rest, { queues: '*north', suffix: 'conversations.calls' })).to.deep.equal([
      'v2.routing.queues.q1.conversations.calls',
    ]);
    expect(asked[0]?.pathname).to.equal('/api/v2/routing/queues');
    expect(asked[0]?.searchParams.get('name')).to.equal('*north');
    expect(await expand(rest, { users: '*north', suffix: 'conversations' })).to.deep.equal(['v2.users.q1.conversations']);
    expect(asked[1]?.pathname).to.equal('/api/v2/users');
    expect(asked[1]?.searchParams.get('name'), 'users cannot be asked for by name').to.equal(null);
  });

  it('takes ids as they are, and asks nothing', async () => {
    const { rest, asked } = directory([]);
    expect(await expand(rest, { users: ['u1', 'u2'], suffix: 'presence' })).to.deep.equal(['v2.users.u1.presence', 'v2.users.u2.presence']);
    expect(await expand(rest, { queues: { id: ['q9'] }, suffix: 'x' })).to.deep.equal(['v2.routing.queues.q9.x']);
    expect(asked).to.be.empty;
  });

  it('needs all that it names to hold', async () => {
    expect(await ids({ queues: { name: 'Billing*', division: 'd2' }, suffix: 'x' })).to.deep.equal(['q2']);
    expect(await ids({ queues: { id: ['q1', 'q3'], division: 'd1' }, suffix: 'x' })).to.deep.equal(['q1', 'q3']);
    expect(await ids({ users: { id: ['q1', 'q3'], name: 'S*' }, suffix: 'x' })).to.deep.equal(['q3']);
    const { rest, asked } = directory(queues);
    await expand(rest, { queues: { division: 'd1' }, suffix: 'x' });
    expect(asked[0]?.searchParams.get('divisionId')).to.equal('d1');
  });

  it('reads all pages, and ids some at a time', async () => {
    const many = Array.from({ length: 250 }, (_, index) => ({ id: `q${index}`, name: `Q ${index}` }));
    const { rest, asked } = directory(many);
    expect(await expand(rest, { queues: 'Q*', suffix: 'x' })).to.have.length(250);
    expect(asked).to.have.length(3);
    expect(await expand(rest, { queues: { id: many.map(({ id }) => id), name: '*' }, suffix: 'x' })).to.have.length(250);
    expect(asked).to.have.length(3 + 5);
  });

  it('says so when the platform does not tell', async () => {
    const broken = (status: number, body: unknown): RestClient => {
      const base = ground();
      const { exchange } = new FakeExchange(({ url }) =>
        url.endsWith('/oauth/token') ? answer(200, { access_token: 't', expires_in: 100 }) : answer(status, body),
      );
      const token = new TokenSource({ ...base, exchange, loginUrl: '', clientId: '', clientSecret: () => '', timeout: 1 });
      return new RestClient({ budget: base.budget, token, exchange, apiUrl: 'http://api', timeout: 1 });
    };
    expect(await rejection(expand(broken(403, { code: 'missing.permissions' }), { queues: '*', suffix: 'x' }))).to.be.instanceOf(Refused);
    expect(await rejection(expand(broken(200, { items: [] }), { queues: '*', suffix: 'x' }))).to.be.instanceOf(Refused);
    expect(await expand(broken(200, { entities: [{ id: 'q' }] }), { queues: '*', suffix: 'x' }), 'without a count of pages').to.have.length(
      1,
    );
  });
});

describe('combined topics', () => {
  it('are made of those of the same user', () => {
    expect(
      combine(['v2.users.u1.presence', 'v2.routing.queues.q.conversations', 'v2.users.u1.conversations', 'v2.users.u2.presence']),
    ).to.deep.equal(['v2.routing.queues.q.conversations', 'v2.users.u1?conversations&presence', 'v2.users.u2.presence']);
  });

  it('have at most 200 characters, and stand for just the topics that went in', () => {
    const suffix = fc.stringMatching(/^[a-z]{1,60}(\.[a-z]{1,20})?$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.constantFrom('u1', 'u2'), suffix), { selector: String, maxLength: 20 }), (pairs) => {
        const topics = pairs.map(([user, text]) => `v2.users.${user}.${text}`);
        const combined = combine(topics);
        for (const topic of combined) expect(topic.length).to.be.at.most(200);
        const expanded = combined.flatMap((topic) => {
          const [head = '', tail] = topic.split('?');
          return tail === undefined ? [head] : tail.split('&').map((one) => `${head}.${one}`);
        });
        expect(expanded.sort()).to.deep.equal(topics.sort());
      }),
    );
  });
});
