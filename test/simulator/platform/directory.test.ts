import { expect } from 'chai';
import { Directory, type SimEntity } from '../../../src/simulator/platform/directory.js';
import { Random } from '../../../src/simulator/random.js';

const make = (queues: number, users = 1, seed = 1): Directory => new Directory({ queues, users }, new Random(seed));
const names = (found: SimEntity[]): string[] => found.map(({ name }) => name);

describe('the directory of the simulator', () => {
  it('names queues and users in turns, and puts them into two divisions', () => {
    const { queues, users, divisions } = make(4, 2);
    const told = (roster: typeof queues): [string, string][] => roster.ids.map((id) => [roster.get(id).name, roster.get(id).division.name]);
    expect(told(queues)).to.deep.equal([
      ['Billing 1', 'Home'],
      ['Support 2', 'Away'],
      ['Sales 3', 'Home'],
      ['Billing 4', 'Away'],
    ]);
    expect(told(users)).to.deep.equal([
      ['Agent 1', 'Home'],
      ['Agent 2', 'Away'],
    ]);
    expect(divisions[0].id).not.to.equal(divisions[1].id);
  });

  it('is the same for a seed, and has other ids for another one', () => {
    const all = (seed: number): unknown => {
      const { queues, users, divisions } = make(5, 5, seed);
      return [queues.select(), users.select(), divisions];
    };
    expect(all(1)).to.deep.equal(all(1));
    expect(make(5, 5, 1).queues.ids).not.to.deep.equal(make(5, 5, 2).queues.ids);
    expect(make(5, 5, 1).divisions).not.to.deep.equal(make(5, 5, 2).divisions);
  });

  it('has no other ids in its beginning when it is larger', () => {
    expect(make(9).queues.ids.slice(0, 4)).to.deep.equal(make(4).queues.ids);
  });

  it('sorts by name, without regard to case, and by id where names are equal', () => {
    const { queues } = make(2);
    queues.add('billing 0');
    const twins = [queues.add('Sales'), queues.add('Sales')].map(({ id }) => id).sort();
    expect(names(queues.select())).to.deep.equal(['billing 0', 'Billing 1', 'Sales', 'Sales', 'Support 2']);
    expect(queues.select({ name: 'sales' }).map(({ id }) => id)).to.deep.equal(twins);
  });

  const patterns: [string, string[]][] = [
    ['Billing 1', ['Billing 1']],
    ['billing 1', ['Billing 1']],
    ['Billing', []],
    ['bill*', ['Billing 1', 'Billing 10', 'Billing 4', 'Billing 7']],
    ['*1', ['Billing 1']],
    ['*LL*', ['Billing 1', 'Billing 10', 'Billing 4', 'Billing 7']],
    ['*0', ['Billing 10']],
    ['Bil*ing 1', []],
    ['.*', []],
    ['', []],
  ];
  for (const [pattern, expected] of patterns) {
    it(`finds ${expected.length} of ten queues by the name "${pattern}"`, () => {
      expect(names(make(10).queues.select({ name: pattern }))).to.deep.equal(expected);
    });
  }

  it('finds all by an asterisk', () => {
    for (const name of ['*', '**']) expect(make(10).queues.select({ name })).to.have.length(10);
  });

  it('finds by ids and divisions, and only what passes all', () => {
    const { queues, divisions } = make(6);
    const [home, away] = divisions;
    const ids = new Set([...queues.ids.slice(0, 3), 'unknown']);
    expect(names(queues.select({ ids }))).to.deep.equal(['Billing 1', 'Sales 3', 'Support 2']);
    expect(names(queues.select({ ids, divisionIds: new Set([home.id]) }))).to.deep.equal(['Billing 1', 'Sales 3']);
    expect(names(queues.select({ ids, divisionIds: new Set([away.id]), name: 'sup*' }))).to.deep.equal(['Support 2']);
    expect(queues.select({ divisionIds: new Set([home.id, away.id]) })).to.have.length(6);
  });

  it('can change: one is added, renamed and taken away, and the ids follow', () => {
    const { queues, divisions } = make(1);
    const { ids } = queues;
    const [first = ''] = ids;
    const added = queues.add('Claims', divisions[1]);
    expect(added.division).to.equal(divisions[1]);
    expect(ids).to.deep.equal([first, added.id]);
    expect(names(queues.select())).to.deep.equal(['Billing 1', 'Claims']);
    queues.rename(added.id, 'Accounts');
    expect(queues.get(added.id)).to.deep.include({ name: 'Accounts', version: 2 });
    expect(names(queues.select())).to.deep.equal(['Accounts', 'Billing 1']);
    queues.remove(first);
    expect(ids).to.deep.equal([added.id]);
    expect(names(queues.select())).to.deep.equal(['Accounts']);
    for (const change of [
      () => {
        queues.remove(first);
      },
      () => {
        queues.rename(first, 'x');
      },
    ])
      expect(change).to.throw(first);
  });
});
