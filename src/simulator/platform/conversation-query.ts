import { z } from 'zod';
import { segmentsOf } from './analytics-body.js';
import { badRequest } from './errors.js';
import type { SimConversation } from './model.js';

/** Longest interval of a detail query, in ms: public clients ask for 31 days at most, and split what is longer. */
const longestInterval = 31 * 86_400_000;

const predicateOf = <Dimension extends string>(dimensions: readonly [Dimension, ...Dimension[]]) =>
  z
    .strictObject({
      type: z.literal('dimension').optional(),
      dimension: z.enum(dimensions),
      operator: z.enum(['matches', 'exists', 'notExists']).default('matches'),
      value: z.string().nullish(),
    })
    .refine(({ operator, value }) => operator !== 'matches' || typeof value === 'string', 'a value is expected');

const filtersOf = <Dimension extends string>(dimensions: readonly [Dimension, ...Dimension[]]) => {
  const predicates = z.array(predicateOf(dimensions));
  const type = z.enum(['and', 'or']);
  const clauses = z.array(z.strictObject({ type, predicates: predicates.min(1) }));
  return z
    .array(
      z
        .strictObject({ type, predicates: predicates.default([]), clauses: clauses.default([]) })
        .refine((filter) => filter.predicates.length + filter.clauses.length > 0, 'predicates or clauses are expected'),
    )
    .default([]);
};

const querySchema = z.strictObject({
  interval: z.string().transform((text, context) => {
    const [start = Number.NaN, end = Number.NaN, ...rest] = text.split('/').map(timeOf);
    if (rest.length === 0 && start < end && end - start <= longestInterval) return { start, end };
    context.addIssue('expected two ISO 8601 times, the earlier first, at most 31 days apart: start/end');
    return z.NEVER;
  }),
  segmentFilters: filtersOf(['queueId', 'userId', 'purpose', 'mediaType', 'segmentEnd']),
  conversationFilters: filtersOf(['conversationId', 'conversationEnd']),
  paging: z.strictObject({ pageSize: z.int().min(1).max(100), pageNumber: z.int().min(1) }).default({ pageSize: 25, pageNumber: 1 }),
  order: z.enum(['asc', 'desc']).default('asc'),
  orderBy: z.enum(['conversationStart', 'conversationEnd']).default('conversationStart'),
});

export type ConversationQuery = z.output<typeof querySchema>;

/** Reads a `ConversationQuery` of the vendor's SDK. Throws 400 for what it cannot be or what is left out here, and names it. */
export function readQuery(body: unknown): ConversationQuery {
  const parsed = querySchema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw badRequest(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/**
 * The conversations that a query finds, in its order: those that overlap the interval and pass all of its filters. Each
 * segment filter must be met by a segment; which one it is may differ from filter to filter (inferred).
 */
export function find(conversations: Iterable<SimConversation>, query: ConversationQuery): SimConversation[] {
  const sign = query.order === 'asc' ? 1 : -1;
  // what has not ended ends after all others
  const key = (conversation: SimConversation): string =>
    query.orderBy === 'conversationStart' ? conversation.startTime : (conversation.endTime ?? '~');
  return [...conversations]
    .filter((conversation) => matches(conversation, query))
    .sort((a, b) => sign * (compare(key(a), key(b)) || compare(a.id, b.id)));
}

type Facts = Readonly<Record<string, string | undefined>>;

interface Predicate {
  dimension: string;
  operator: 'matches' | 'exists' | 'notExists';
  value?: string | null | undefined;
}

interface Filter {
  type: 'and' | 'or';
  predicates: readonly Predicate[];
  clauses?: readonly Filter[];
}

function matches(conversation: SimConversation, { interval, conversationFilters, segmentFilters }: ConversationQuery): boolean {
  const { id, startTime, endTime, participants } = conversation;
  if (Date.parse(startTime) >= interval.end || (endTime !== undefined && Date.parse(endTime) < interval.start)) return false;
  const facts = { conversationId: id, conversationEnd: endTime };
  if (!conversationFilters.every((filter) => passes(filter, facts))) return false;
  const segments = participants.flatMap((participant): Facts[] => {
    const { userId, purpose } = participant;
    return segmentsOf(participant).map(({ queueId, segmentEnd }) => ({ userId, purpose, mediaType: 'voice', queueId, segmentEnd }));
  });
  return segmentFilters.every((filter) => segments.some((segment) => passes(filter, segment)));
}

function passes({ type, predicates, clauses = [] }: Filter, facts: Facts): boolean {
  const parts = [...clauses.map((clause) => passes(clause, facts)), ...predicates.map((predicate) => holds(predicate, facts))];
  return type === 'and' ? parts.every(Boolean) : parts.some(Boolean);
}

function holds({ dimension, operator, value }: Predicate, facts: Facts): boolean {
  const fact = facts[dimension];
  switch (operator) {
    case 'exists':
      return fact !== undefined;
    case 'notExists':
      return fact === undefined;
    case 'matches':
      return fact === value;
  }
}

/** A time with its zone, in ms; NaN for what is none. */
function timeOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
