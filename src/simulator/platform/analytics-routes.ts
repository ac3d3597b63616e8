import type { FastifyInstance } from 'fastify';
import { analyticsBody } from './analytics-body.js';
import { find, readQuery } from './conversation-query.js';
import type { Faults } from './faults.js';
import { requirePermission } from './oauth.js';
import type { World } from './world.js';

/**
 * `POST /api/v2/analytics/conversations/details/query` (genesys-cloud.md §4, last bullet): which conversations there were.
 * As on the platform, `conversations` is not there when a page is empty. Left out, and refused with 400 where a query asks
 * for it: metrics, properties, ranges, evaluations, surveys, resolutions, aggregations, most dimensions, and order by
 * segments. Also left out: the delay with which the platform's analytics learn of a conversation, hold and after-call
 * segments, and what was before the simulator began or, of an endless number of calls, ended more than ten minutes ago.
 */
export function analyticsRoutes(server: FastifyInstance, { world, faults }: { world: World; faults: Faults }): void {
  server.post('/api/v2/analytics/conversations/details/query', async (request) => {
    requirePermission(request.token, 'analytics:conversationDetail:view', faults.disguiseForbidden);
    const query = readQuery(request.body);
    const { pageSize, pageNumber } = query.paging;
    const found = find(world.conversations.values(), query);
    const page = found.slice((pageNumber - 1) * pageSize, pageNumber * pageSize).map(analyticsBody);
    return { ...(page.length === 0 ? {} : { conversations: page }), totalHits: found.length };
  });
}
