import type { Random } from '../random.js';

/** A division of the org. */
export interface SimDivision {
  readonly id: string;
  readonly name: string;
}

/** A queue or a user of the org. */
export interface SimEntity {
  readonly id: string;
  readonly division: SimDivision;
  name: string;
  /** One higher with each change. */
  version: number;
}

/** What a listing asks for; what is left out does not restrict. */
export interface EntityFilter {
  /** Without regard to case; `*` at either end stands for anything (vendor's SDK, getRoutingQueues). */
  name?: string | undefined;
  ids?: ReadonlySet<string> | undefined;
  divisionIds?: ReadonlySet<string> | undefined;
}

/** The queues, or the users, of an org; they may change while it runs. */
export class Roster {
  readonly #newId: () => string;
  readonly #division: SimDivision;
  readonly #entities = new Map<string, SimEntity>();
  readonly #ids: string[] = [];
  /** Sorted by name; undefined after a change, so that thousands are sorted once and not for each page. */
  #sorted: readonly SimEntity[] | undefined;

  /** `division` is where one belongs that is added without naming another. */
  constructor(newId: () => string, division: SimDivision) {
    this.#newId = newId;
    this.#division = division;
  }

  /** The ids in the order of their making: always the same array, which changes as the roster does. */
  get ids(): readonly string[] {
    return this.#ids;
  }

  /** Adds one, from now on found by listings and, if it is a queue or a user of calls, chosen by them. */
  add(name: string, division = this.#division): SimEntity {
    const entity = { id: this.#newId(), division, name, version: 1 };
    this.#entities.set(entity.id, entity);
    this.#ids.push(entity.id);
    this.#sorted = undefined;
    return entity;
  }

  /** Throws for one that is not there. */
  get(id: string): SimEntity {
    const entity = this.#entities.get(id);
    if (entity === undefined) throw new Error(`there is no ${id} in the directory`);
    return entity;
  }

  rename(id: string, name: string): void {
    const entity = this.get(id);
    entity.name = name;
    entity.version += 1;
    this.#sorted = undefined;
  }

  /** Takes one away. Calls that are in such a queue go on; new ones need at least one queue and one user. */
  remove(id: string): void {
    this.get(id);
    this.#entities.delete(id);
    this.#ids.splice(this.#ids.indexOf(id), 1);
    this.#sorted = undefined;
  }

  /** Those that a filter lets through, by name. */
  select({ name, ids, divisionIds }: EntityFilter = {}): SimEntity[] {
    this.#sorted ??= [...this.#entities.values()].sort(
      (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.id, b.id),
    );
    const named = name === undefined ? (): boolean => true : matcher(name);
    return this.#sorted.filter(
      (entity) => (ids?.has(entity.id) ?? true) && (divisionIds?.has(entity.division.id) ?? true) && named(entity.name),
    );
  }
}

/** What queues are called, in turns: Billing 1, Support 2, Sales 3, Billing 4 and so on. */
const subjects = ['Billing', 'Support', 'Sales'] as const;

/**
 * Who and what is there in the org. Ids are drawn from the seed; names are the same for every seed: queues as in
 * `subjects`, users Agent 1, Agent 2 and so on, both by turns in the divisions Home and Away.
 */
export class Directory {
  readonly divisions: readonly [home: SimDivision, away: SimDivision];
  readonly queues: Roster;
  readonly users: Roster;

  constructor(size: { queues: number; users: number }, random: Random) {
    const divisionIds = random.fork(0);
    const [home, away] = (this.divisions = [
      { id: divisionIds.uuid(), name: 'Home' },
      { id: divisionIds.uuid(), name: 'Away' },
    ]);
    const newId = (): string => random.uuid();
    this.queues = new Roster(newId, home);
    this.users = new Roster(newId, home);
    const division = (index: number): SimDivision => (index % 2 === 0 ? home : away);
    for (let index = 0; index < size.queues; index += 1)
      this.queues.add(`${subjects[index % subjects.length] ?? ''} ${index + 1}`, division(index));
    for (let index = 0; index < size.users; index += 1) this.users.add(`Agent ${index + 1}`, division(index));
  }
}

function matcher(pattern: string): (name: string) => boolean {
  const [, before = '', core = '', after = ''] = /^(\*?)(.*?)(\*?)$/s.exec(pattern.toLowerCase()) ?? [];
  return (name) => {
    const text = name.toLowerCase();
    if (before !== '' && after !== '') return text.includes(core);
    if (before !== '') return text.endsWith(core);
    return after === '' ? text === core : text.startsWith(core);
  };
}

/** By code units, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
