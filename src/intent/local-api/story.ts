import { z } from 'zod';
import type { Conversation } from '../../conversation/conversation.js';
import type { JournalEntry, Story as Journalled } from '../../observe/journal.js';
import type { Intent } from '../intent.js';
import { shown, shownIntent } from './shown.js';

/** Where a write of the conversation is; `since` and `until` are ISO 8601. */
const work = z.looseObject({ at: z.string(), since: z.string().optional(), until: z.string().optional() });

/** One thing that happened, with the fields of its log line beside these. */
const entry = z.looseObject({
  /** ISO 8601. */
  at: z.string(),
  event: z.string(),
  /** Where several events in a row are told by this one: how many of each outcome, when the last came, and the newest one's fields. */
  folded: z
    .object({
      count: z.number(),
      lastAt: z.string(),
      newest: z.record(z.string(), z.unknown()),
      outcomes: z.record(z.string(), z.number()),
    })
    .optional(),
  /** Where asked for: the entry in words, and how it stands out: `bold`, `dim`, `green`, `yellow`, `red`. */
  says: z.string().optional(),
  style: z.string().optional(),
});

/** What `GET /conversations/{cid}` tells: one call's story. */
export const storySchema = z.object({
  conversationId: z.string(),
  /** Whether it is held; it may be known from its journal or its intents only. */
  known: z.boolean(),
  over: z.boolean().optional(),
  /** The instance of a fleet that has it, and so tells its story. */
  owner: z.string().optional(),
  version: z.number().optional(),
  etag: z.string().optional(),
  participants: z.array(
    z.object({
      id: z.string(),
      purpose: z.string().optional(),
      state: z.string().optional(),
      /** Values masked as `…`, unless they were asked for. */
      attributes: z.record(z.string(), z.string()).optional(),
    }),
  ),
  pipelines: z.array(work),
  intents: z.array(shownIntent),
  journal: z.array(entry),
  /** Entries that the journal dropped, and after how many of those above. */
  dropped: z.object({ after: z.number(), entries: z.number() }).optional(),
});

export type Story = z.infer<typeof storySchema>;
export type StoryEntry = z.infer<typeof entry>;
export type Work = z.infer<typeof work>;

/** What is known of a conversation, from all who know something. */
export interface Sources {
  conversationId: string;
  conversation: Conversation | undefined;
  /** This instance's name in a fleet. */
  owner: string | undefined;
  intents: readonly Intent[];
  journalled: Journalled | undefined;
  pipelines: Work[];
  /** Whether attribute values are shown. */
  values: boolean;
}

export function storyOf({ conversationId, conversation, owner, intents, journalled, pipelines, values }: Sources): Story {
  const { first = [], dropped = 0, newest = [] } = journalled ?? {};
  const snapshot = conversation?.snapshot;
  return {
    conversationId,
    known: conversation !== undefined,
    over: conversation?.over,
    owner,
    version: snapshot?.version,
    etag: snapshot?.etag,
    participants: (snapshot?.participants ?? []).map(({ id, purpose, state, attributes }) => ({
      id,
      purpose,
      state,
      attributes: values ? attributes && { ...attributes } : masked(attributes),
    })),
    pipelines,
    intents: intents.map((intent) => shown(intent, values)),
    journal: [...first, ...newest].map((each) => told(each, values)),
    dropped: dropped === 0 ? undefined : { after: first.length, entries: dropped },
  };
}

function told({ at, event, fields, folded }: JournalEntry, values: boolean): StoryEntry {
  const { attributes, ...others } = fields;
  return {
    at: iso(at),
    event,
    ...(values ? { attributes, ...others } : others),
    ...(folded === undefined ? {} : { folded: { ...folded, lastAt: iso(folded.lastAt) } }),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function masked(attributes: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  return attributes === undefined ? undefined : Object.fromEntries(Object.keys(attributes).map((key) => [key, '…']));
}
