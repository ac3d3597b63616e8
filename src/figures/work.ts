import type { Work } from '../intent/local-api/story.js';
import type { Parts } from './parts.js';

/** What is being written in a conversation, with wall times instead of the clock's. */
export function workIn({ writer, clock }: Pick<Parts, 'writer' | 'clock'>, conversationId: string): Work[] {
  const iso = (at: number): string => new Date(clock.wall() + at - clock.now()).toISOString();
  return [...writer.pipelines]
    .filter((pipeline) => pipeline.conversationId === conversationId)
    .map(({ state }) => ({
      ...state,
      since: 'since' in state ? iso(state.since) : undefined,
      until: 'until' in state && Number.isFinite(state.until) ? iso(state.until) : undefined,
    }));
}
