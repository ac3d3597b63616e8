import { z } from 'zod';
import { Refused } from './errors.js';
import type { RestClient } from './rest.js';

/** Which queues or users: all whose name fits a pattern with `*`, those with these ids, those of a division; what is given must all hold. */
type Selection =
  string | readonly string[] | { name?: string | undefined; id?: readonly string[] | undefined; division?: string | undefined };

/** Stands for one topic of each queue or user that it selects. */
export type Selector = { queues: Selection; suffix: string } | { users: Selection; suffix: string };

/** Entities a page: the most that the platform gives (genesys-cloud.md §4). */
const pageSize = 100;

/** Ids in one request: its URL stays below 4 kB. */
const idsAtOnce = 50;

/** A combined topic may be so long, and counts as one (genesys-cloud.md §2). */
const longestTopic = 200;

const page = z.object({
  entities: z.array(z.looseObject({ id: z.string(), name: z.string().nullish(), division: z.looseObject({ id: z.string() }).nullish() })),
  pageCount: z.number().nullish(),
});
type Entity = z.output<typeof page>['entities'][number];

/** The topics that a selector stands for now. Lists of ids alone are not looked up. Throws what the REST client throws. */
export async function expand(rest: RestClient, selector: Selector): Promise<string[]> {
  const kind = 'queues' in selector ? 'queues' : 'users';
  const { name, id, division } = wanted('queues' in selector ? selector.queues : selector.users);
  const prefix = kind === 'queues' ? 'v2.routing.queues' : 'v2.users';
  const topics = (ids: readonly string[]): string[] => ids.map((one) => `${prefix}.${one}.${selector.suffix}`);
  if (id !== undefined && name === undefined && division === undefined) return topics(id);
  const queries = id === undefined ? [[]] : chunks(id);
  const found: Entity[] = [];
  for (const ids of queries) found.push(...(await list(rest, kind, { name, division, ids })));
  const fits = name === undefined ? () => true : matcher(name);
  return topics(
    found
      .filter((entity) => fits(entity.name ?? '') && (division === undefined || entity.division?.id === division))
      .map((entity) => entity.id),
  );
}

/** Topics of the same user become one (`v2.users.{id}?conversations&presence`), as far as its length allows; others stay. */
export function combine(topics: readonly string[]): string[] {
  const byUser = new Map<string, string[]>();
  const combined: string[] = [];
  for (const topic of [...new Set(topics)]) {
    const [, user, suffix] = /^(v2\.users\.[^.?]+)\.([^?]+)$/.exec(topic) ?? [];
    if (user === undefined || suffix === undefined) combined.push(topic);
    else byUser.set(user, [...(byUser.get(user) ?? []), suffix]);
  }
  for (const [user, suffixes] of byUser) combined.push(...joined(user, suffixes.sort()));
  return combined;
}

function joined(user: string, suffixes: readonly string[]): string[] {
  const groups: string[][] = [];
  for (const suffix of suffixes) {
    const last = groups.at(-1);
    if (last !== undefined && `${user}?${[...last, suffix].join('&')}`.length <= longestTopic) last.push(suffix);
    else groups.push([suffix]);
  }
  return groups.map((group) => (group.length === 1 ? `${user}.${group.join('')}` : `${user}?${group.join('&')}`));
}

function wanted(selection: Selection): { name?: string | undefined; id?: readonly string[] | undefined; division?: string | undefined } {
  if (typeof selection === 'string') return { name: selection };
  return 'length' in selection ? { id: selection } : selection;
}

async function list(
  rest: RestClient,
  kind: 'queues' | 'users',
  { name, division, ids }: { name: string | undefined; division: string | undefined; ids: readonly string[] },
): Promise<Entity[]> {
  const path = kind === 'queues' ? '/api/v2/routing/queues' : '/api/v2/users';
  const found: Entity[] = [];
  for (let pageNumber = 1; ; pageNumber += 1) {
    const query = new URLSearchParams({ pageSize: String(pageSize), pageNumber: String(pageNumber) });
    // users cannot be asked for by name or division, queues by `*` at the ends of a name
    if (kind === 'queues' && name !== undefined && !name.slice(1, -1).includes('*')) query.set('name', name);
    if (kind === 'queues' && division !== undefined) query.set('divisionId', division);
    for (const id of ids) query.append('id', id);
    const answer = await rest.expect({ method: 'GET', path: `${path}?${query.toString()}` });
    const body = page.safeParse(answer.body);
    if (!body.success) throw new Refused(`GET ${path}`, answer);
    found.push(...body.data.entities);
    if (body.data.entities.length === 0 || pageNumber >= (body.data.pageCount ?? 1)) return found;
  }
}

/** Whether a name fits a pattern: `*` stands for any characters, upper and lower case are the same. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 'is');
  return (name) => expression.test(name);
}

function chunks(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, index) => ids.slice(index * idsAtOnce, (index + 1) * idsAtOnce));
}
