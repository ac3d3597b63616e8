import type { Intent, Wish } from '../intent/intent.js';
import type { Batch } from './pending.js';

/**
 * What an earlier run had confirmed and no newer intent took over, of one conversation: it is to be watched again.
 * @param intents all that are kept of the conversation, in order of acceptance
 */
export function confirmedBefore(intents: readonly Intent[]): Batch {
  const newest = new Map<string, Map<string, { intent: Intent; watched: boolean }>>();
  for (const intent of intents) {
    const { writtenTo, attributes, state } = intent;
    if (writtenTo === undefined || attributes === undefined || state === 'dead') continue;
    const keys = newest.get(writtenTo) ?? new Map<string, { intent: Intent; watched: boolean }>();
    newest.set(writtenTo, keys);
    for (const [key, value] of Object.entries(attributes)) {
      const before = keys.get(key);
      // a newer wish for the same value took the watch over
      const inherited = state === 'satisfied' && before?.watched === true && before.intent.attributes?.[key] === value;
      keys.set(key, { intent, watched: state === 'confirmed' || inherited });
    }
  }
  const participants = [...newest].map(([id, keys]) => {
    const entries = [...keys].flatMap(([key, { intent, watched }]) => {
      const value = intent.attributes?.[key];
      const wish: Wish = { ...intent, attributes: intent.attributes ?? {} };
      return watched && value !== undefined ? [[key, { value, wish }] as const] : [];
    });
    return [id, new Map(entries)] as const;
  });
  return new Map(participants.filter(([, entries]) => entries.size > 0));
}
