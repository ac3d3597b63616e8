import type { SimConversation } from './model.js';

/** What the platform asks for each family of topics. */
const families: readonly { pattern: RegExp; permission: string }[] = [
  { pattern: /^v2\.users\.[\w-]+\.conversations(\.(calls|callbacks|emails|messages))?$/, permission: 'conversation:communication:view' },
  { pattern: /^v2\.users\.[\w-]+\.(presence|routingStatus|activity)$/, permission: 'presence:user:view' },
  { pattern: /^v2\.routing\.queues\.[\w-]+\.conversations(\.(calls|callbacks|emails|messages))?$/, permission: 'routing:queue:view' },
  { pattern: /^v2\.detail\.events\.conversation\.[\w-]+\.[\w.]+$/, permission: 'analytics:conversationDetail:view' },
];

/** The permission that a topic needs; undefined if there is no such topic. */
export function permissionOf(topic: string): string | undefined {
  return families.find(({ pattern }) => pattern.test(topic))?.permission;
}

/** `v2.users.{id}?conversations&presence` → the topics that it stands for (genesys-cloud.md §2). */
export function expand(topic: string): string[] {
  const [root = '', parts] = topic.split('?');
  return parts === undefined ? [topic] : parts.split('&').map((part) => `${root}.${part}`);
}

/** A topic's family of body. */
export type BodyShape = 'A' | 'B';

/** The conversation topics under which a conversation is told, with the shape of their bodies. */
export function topicsOf({ participants }: SimConversation): Map<string, BodyShape> {
  const topics = new Map<string, BodyShape>();
  for (const { userId, queueId } of participants) {
    const roots = [
      ...(userId === undefined ? [] : [`v2.users.${userId}`]),
      ...(queueId === undefined ? [] : [`v2.routing.queues.${queueId}`]),
    ];
    for (const root of roots) topics.set(`${root}.conversations`, 'A').set(`${root}.conversations.calls`, 'B');
  }
  return topics;
}
