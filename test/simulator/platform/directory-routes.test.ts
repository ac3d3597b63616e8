import { expect } from 'chai';
import { Org, type Reply } from '../org.js';

interface Listing {
  entities: { id: string; name: string; version?: number; division: { id: string } }[];
  total: number;
  pageCount: number;
}

const queues = '/api/v2/routing/queues';
const users = '/api/v2/users';

function listing({ status, body }: Reply): Listing {
  expect(status).to.equal(200);
  return body as Listing;
}

const names = ({ entities }: Listing): string[] => entities.map(({ name }) => name);

describe('the directory routes of the simulator', () => {
  it('list queues in the form of the platform, 25 a page', async () => {
    const org = new Org({ queues: 30 });
    const [home] = org.directory.divisions;
    const first = listing(await org.request('GET', queues));
    expect(first).to.deep.include({
      pageSize: 25,
      pageNumber: 1,
      total: 30,
      pageCount: 2,
      firstUri: `${queues}?pageNumber=1`,
      selfUri: `${queues}?pageNumber=1`,
      nextUri: `${queues}?pageNumber=2`,
      lastUri: `${queues}?pageNumber=2`,
    });
    expect(first.entities).to.have.length(25);
    const [id = ''] = org.directory.queues.ids;
    expect(first.entities[0]).to.deep.equal({
      id,
      name: 'Billing 1',
      division: { id: home.id, name: 'Home', selfUri: `/api/v2/authorization/divisions/${home.id}` },
      selfUri: `${queues}/${id}`,
    });
    const second = listing(await org.request('GET', `${queues}?pageNumber=2`));
    expect(second.entities).to.have.length(5);
    expect(second)
      .to.include({ previousUri: `${queues}?pageNumber=1` })
      .and.not.have.property('nextUri');
  });

  it('give each queue exactly once, page by page, however many there are', async () => {
    const org = new Org({ queues: 2_345 });
    const seen: string[] = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const answer = listing(await org.request('GET', `${queues}?pageSize=100&pageNumber=${page}`));
      pages = answer.pageCount;
      seen.push(...answer.entities.map(({ id }) => id));
    }
    expect(seen).to.have.length(2_345);
    expect([...seen].sort()).to.deep.equal([...org.directory.queues.ids].sort());
  });

  it('answer a page past the last one with nothing, and so an org without a match', async () => {
    const org = new Org();
    const past = listing(await org.request('GET', `${queues}?pageNumber=9`));
    expect(past).to.deep.include({ entities: [], total: 3, pageCount: 1, lastUri: `${queues}?pageNumber=1` });
    expect(listing(await org.request('GET', `${queues}?name=none`))).to.deep.include({ entities: [], total: 0, pageCount: 0 });
  });

  it('find queues by name, id and division, each of the last two repeatedly', async () => {
    const org = new Org({ queues: 6 });
    const { divisions, queues: roster } = org.directory;
    const [one = '', two = '', three = ''] = roster.ids;
    const found = async (query: string): Promise<string[]> => names(listing(await org.request('GET', `${queues}?${query}`)));
    expect(await found('name=*LLing*')).to.deep.equal(['Billing 1', 'Billing 4']);
    expect(await found(`id=${two}`)).to.deep.equal(['Support 2']);
    expect(await found(`id=${three}&id=${one}`)).to.deep.equal(['Billing 1', 'Sales 3']);
    expect(await found(`id=${three},${one}&id=${two}`)).to.have.length(3);
    expect(await found(`divisionId=${divisions[1].id}`)).to.deep.equal(['Billing 4', 'Sales 6', 'Support 2']);
    expect(await found(`divisionId=${divisions[0].id}&divisionId=${divisions[1].id}&name=S*`)).to.have.length(4);
    expect(await found('name=S*&sortOrder=desc')).to.deep.equal(['Support 5', 'Support 2', 'Sales 6', 'Sales 3']);
  });

  it('keep the filters in the addresses of other pages', async () => {
    const org = new Org({ queues: 6 });
    const answer = listing(await org.request('GET', `${queues}?name=S*&pageSize=2&pageNumber=1`));
    expect(answer).to.include({ nextUri: `${queues}?name=S*&pageSize=2&pageNumber=2` });
  });

  it('list users, who have a version and a state, by id', async () => {
    const org = new Org({ users: 3 });
    const [, two = '', three = ''] = org.directory.users.ids;
    expect(names(listing(await org.request('GET', `${users}?sortOrder=DESC`)))).to.deep.equal(['Agent 3', 'Agent 2', 'Agent 1']);
    const some = listing(await org.request('GET', `${users}?id=${three}&id=${two}&pageSize=1`));
    expect(some).to.include({ total: 2, pageCount: 2 });
    expect(some.entities[0]).to.include({ id: two, name: 'Agent 2', state: 'active', version: 1 });
  });

  it('tell what has changed since', async () => {
    const org = new Org({ queues: 1, users: 1 });
    const { queues: roster, users: people } = org.directory;
    roster.add('Claims');
    roster.remove(roster.ids[0]!);
    people.rename(people.ids[0]!, 'Ada');
    expect(names(listing(await org.request('GET', queues)))).to.deep.equal(['Claims']);
    expect(listing(await org.request('GET', users)).entities[0]).to.include({ name: 'Ada', version: 2 });
  });

  const wrong = ['pageSize=101', 'pageSize=0', 'pageSize=ten', 'pageSize=', 'pageSize=1&pageSize=2', 'pageNumber=0', 'sortOrder=up'];
  for (const query of wrong) {
    it(`refuse ${query}`, async () => {
      for (const path of [queues, users]) {
        const { status, body } = await new Org().request('GET', `${path}?${query}`);
        expect(status).to.equal(400);
        expect(body).to.include({ code: 'bad.request' });
        expect(body).to.have.property('message').that.includes(query.split('=')[0]);
      }
    });
  }

  it('ask for a permission each', async () => {
    for (const [path, other, permission] of [
      [queues, users, 'routing:queue:view'],
      [users, queues, 'directory:user:view'],
    ] as const) {
      const org = new Org({ permissions: [permission] });
      expect((await org.request('GET', path)).status).to.equal(200);
      const { status, body } = await org.request('GET', other);
      expect(status).to.equal(403);
      expect(body).to.include({ code: 'missing.permissions' });
    }
    const none = new Org({ permissions: [] });
    expect((await none.request('GET', queues)).body)
      .to.have.property('message')
      .that.includes('routing:queue:view');
    none.faults.disguiseForbidden = true;
    expect((await none.request('GET', users)).status).to.equal(409);
  });
});
