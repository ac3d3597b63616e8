/** A combined topic may be so long (genesys-cloud.md §2). */
const longestTopic = 200;

const segment = '[A-Za-z0-9_-]+';
const shape = new RegExp(`^v2(\\.${segment})+(\\?${segment}(\\.${segment})*(&${segment}(\\.${segment})*)*)?$`);

/** Why a text is no notification topic, with what is expected; undefined if it is one. */
export function topicFault(topic: string): string | undefined {
  const example = 'expected a topic such as v2.routing.queues.<id>.conversations.calls or v2.users.<id>.conversations';
  if (topic.includes('*'))
    return `there are no wildcards in topics; ${example}, or a selector such as { queues: "Billing*", suffix: conversations.calls }`;
  if (topic.length > longestTopic) return `a topic has at most ${longestTopic} characters`;
  return shape.test(topic) ? undefined : example;
}
