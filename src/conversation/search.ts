import { z } from 'zod';
import { Refused } from '../genesys/errors.js';
import { jsonBody, type RestClient } from '../genesys/rest.js';

/** Where calls are looked for. */
export interface Place {
  dimension: 'queueId' | 'userId';
  value: string;
}

/** Conversations a page, and queues or users a query: the most that the platform takes (genesys-cloud.md §4), and what keeps a query small. */
const pageSize = 100;
const placesAtOnce = 100;

/** A call may have begun so long before the gap and be seen late, in ms: clocks differ, and analytics rounds. */
const margin = 60_000;

const path = '/api/v2/analytics/conversations/details/query';
const pageBody = z.object({
  conversations: z.array(z.looseObject({ conversationId: z.string(), conversationEnd: z.string().nullish() })).nullish(),
});

/** The queues and users that topics tell of. */
export function placesOf(topics: readonly string[]): Place[] {
  const places = topics.flatMap((topic): Place[] => {
    const [, kind, value] = /^v2\.(routing\.queues|users)\.([^.?]+)[.?]/.exec(topic) ?? [];
    return value === undefined ? [] : [{ dimension: kind === 'users' ? 'userId' : 'queueId', value }];
  });
  return [...new Map(places.map((place) => [`${place.dimension} ${place.value}`, place])).values()];
}

/**
 * Ids of the conversations that were at these places within an interval (wall clock, ms) and go on, as analytics knows
 * them (genesys-cloud.md §4). Needs `analytics:conversationDetail:view`. Throws what the REST client throws.
 */
export async function* liveConversations(
  rest: RestClient,
  places: readonly Place[],
  { from, to }: { from: number; to: number },
): AsyncGenerator<string> {
  const interval = `${new Date(from - margin).toISOString()}/${new Date(to).toISOString()}`;
  for (let at = 0; at < places.length; at += placesAtOnce) {
    const predicates = places.slice(at, at + placesAtOnce).map((place) => ({ type: 'dimension', operator: 'matches', ...place }));
    for (let pageNumber = 1; ; pageNumber += 1) {
      const query = {
        interval,
        order: 'asc',
        orderBy: 'conversationStart',
        segmentFilters: [{ type: 'or', predicates }],
        conversationFilters: [{ type: 'and', predicates: [{ type: 'dimension', dimension: 'conversationEnd', operator: 'notExists' }] }],
        paging: { pageSize, pageNumber },
      };
      const answer = await rest.expect({ method: 'POST', path, compose: () => jsonBody(query) });
      const body = pageBody.safeParse(answer.body);
      if (!body.success) throw new Refused(`POST ${path}`, answer);
      const conversations = body.data.conversations ?? [];
      for (const { conversationId, conversationEnd } of conversations) if (typeof conversationEnd !== 'string') yield conversationId;
      if (conversations.length < pageSize) break;
    }
  }
}
