/** The resource that a version belongs to: a participant, by its id, or the conversation. */
export type ResourceId = { participant: string } | 'conversation';

/** What it is known by within a conversation. */
export function keyOf(resource: ResourceId): string {
  return resource === 'conversation' ? '' : resource.participant;
}
