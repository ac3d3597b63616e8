import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Directory, SimDivision, SimEntity } from './directory.js';
import { badRequest } from './errors.js';
import type { Faults } from './faults.js';
import { requirePermission } from './oauth.js';

/** A parameter that may be repeated, or hold several values with commas between them, as the vendor's SDK sends them. */
const several = z
  .union([z.string(), z.array(z.string())])
  .transform((values) => new Set([values].flat().flatMap((value) => value.split(','))));

const pages = {
  pageSize: z.coerce.number().int().min(1).max(100).default(25),
  pageNumber: z.coerce.number().int().min(1).default(1),
  sortOrder: z
    .string()
    .regex(/^(asc|desc)(ending)?$/i)
    .default('asc'),
};
const queueQuery = z.object({ ...pages, name: z.string().optional(), id: several.optional(), divisionId: several.optional() });
const userQuery = z.object({ ...pages, id: several.optional() });

export interface DirectoryRoutesDeps {
  directory: Directory;
  faults: Faults;
}

/**
 * `GET /api/v2/routing/queues` and `GET /api/v2/users` (genesys-cloud.md §4, last bullet), shaped as `QueueEntityListing`
 * and `UserEntityListing` of the vendor's SDK. Parameters that it knows besides (`expand`, `peerId`, `jabberId`, `state`)
 * are ignored, and of the entities' fields only those that a selector can use are there.
 */
export function directoryRoutes(server: FastifyInstance, { directory, faults }: DirectoryRoutesDeps): void {
  server.get('/api/v2/routing/queues', async (request) => {
    requirePermission(request.token, 'routing:queue:view', faults.disguiseForbidden);
    const { name, id, divisionId, ...page } = read(queueQuery, request);
    return listing(request.url, directory.queues.select({ name, ids: id, divisionIds: divisionId }), page, (queue) =>
      shown(queue, '/api/v2/routing/queues'),
    );
  });
  server.get('/api/v2/users', async (request) => {
    requirePermission(request.token, 'directory:user:view', faults.disguiseForbidden);
    const { id, ...page } = read(userQuery, request);
    return listing(request.url, directory.users.select({ ids: id }), page, (user) => ({
      ...shown(user, '/api/v2/users'),
      state: 'active',
      version: user.version,
    }));
  });
}

function read<Query>(schema: z.ZodType<Query>, { query }: FastifyRequest): Query {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw badRequest(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function shown({ id, name, division }: SimEntity, path: string): Record<string, unknown> {
  return { id, name, division: divisionRef(division), selfUri: `${path}/${id}` };
}

function divisionRef({ id, name }: SimDivision): Record<string, unknown> {
  return { id, name, selfUri: `/api/v2/authorization/divisions/${id}` };
}

/** One page of what was found; a page past the last one is empty. */
function listing(
  url: string,
  found: SimEntity[],
  { pageSize, pageNumber, sortOrder }: { pageSize: number; pageNumber: number; sortOrder: string },
  show: (entity: SimEntity) => Record<string, unknown>,
): Record<string, unknown> {
  const pageCount = Math.ceil(found.length / pageSize);
  const ordered = sortOrder.toLowerCase().startsWith('desc') ? found.reverse() : found;
  const uri = (page: number): string => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    searchParams.set('pageNumber', String(page));
    return `${pathname}?${searchParams.toString()}`;
  };
  return {
    entities: ordered.slice((pageNumber - 1) * pageSize, pageNumber * pageSize).map(show),
    pageSize,
    pageNumber,
    total: found.length,
    firstUri: uri(1),
    selfUri: uri(pageNumber),
    ...(pageNumber > 1 ? { previousUri: uri(pageNumber - 1) } : {}),
    ...(pageNumber < pageCount ? { nextUri: uri(pageNumber + 1) } : {}),
    lastUri: uri(Math.max(1, pageCount)),
    pageCount,
  };
}
