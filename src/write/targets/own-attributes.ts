import { z } from 'zod';
import type { WriteTarget } from './target.js';

/** Carried out by the time of the answer as far as is known; a read a moment later is sure to show it. */
const settles = 500;

const conversationPath = (conversationId: string): string => `/api/v2/conversations/${encodeURIComponent(conversationId)}`;

const secureBody = z.object({ attributes: z.record(z.string(), z.string()).nullish(), version: z.number().optional() });
const customRecord = z.object({
  id: z.string(),
  divisions: z.array(z.string()).nullish(),
  customAttributes: z.record(z.string(), z.unknown()).nullish(),
  version: z.number().optional(),
});
const customBody = z.object({ results: z.array(customRecord).nullish() });

/** Both belong to the conversation: whichever participant a wish is for, the keys go into one map. */
const common: Pick<WriteTarget, 'precondition' | 'holder' | 'settles' | 'spacing' | 'resource' | 'conversationPath'> = {
  precondition: 'body-version',
  holder: 'conversation',
  settles,
  spacing: 0,
  resource: () => 'conversation',
  conversationPath,
};

/** The secure attributes of a conversation: a PUT replaces the map, so what was read goes along with own keys (genesys-cloud.md §5). */
export const secureAttributes: WriteTarget = {
  ...common,
  name: 'secure-attributes',
  readPath: (conversationId) => `${conversationPath(conversationId)}/secureattributes`,
  content: (body) => {
    const read = secureBody.safeParse(body);
    return read.success ? { participants: [], own: read.data.attributes ?? {}, version: read.data.version } : undefined;
  },
  write: ({ conversation, attributes, read }) => ({
    method: 'PUT',
    path: `${conversationPath(conversation.id)}/secureattributes`,
    body: { attributes: { ...read?.own, ...merged(attributes) }, version: read?.version },
  }),
};

/**
 * The custom attributes of a conversation: a PATCH merges, and its version is optional. They stand in the first record
 * that the conversation has; where it has none, one with the conversation's id is tried. Records are made with a schema,
 * which is the org's business. Divisions that are left out would be cleared, so what was read goes along.
 */
export const customAttributes: WriteTarget = {
  ...common,
  name: 'custom-attributes',
  readPath: (conversationId) => `${conversationPath(conversationId)}/customattributes`,
  content: (body) => {
    const read = customBody.safeParse(body);
    if (!read.success) return undefined;
    const [first] = read.data.results ?? [];
    if (first === undefined) return { participants: [], own: {} };
    const { id, divisions, customAttributes: values, version } = first;
    return { participants: [], own: plain(values ?? {}), version, record: { id, divisions: divisions ?? [] } };
  },
  write: ({ conversation, attributes, read }) => ({
    method: 'PATCH',
    path: `${conversationPath(conversation.id)}/customattributes`,
    body: {
      id: conversation.id,
      ...read?.record,
      ...(read?.version === undefined ? {} : { version: read.version }),
      customAttributes: merged(attributes),
    },
  }),
};

/** Values as text, as they are written; what is no plain value was not written by us. */
function plain(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [key, value] of Object.entries(values))
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') own[key] = String(value);
  return own;
}

function merged(attributes: ReadonlyMap<string, Readonly<Record<string, string>>>): Record<string, string> {
  return Object.assign({}, ...attributes.values()) as Record<string, string>;
}
