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
  const meant = topic
    .replace(/^v2\.user\./, 'v2.users.')
    .replace(/^v2\.(routing\.)?queues?\./, 'v2.routing.queues.')
    .replace(/^(v2\.routing)\.queue\./, '$1.queues.')
    .replace(/\.conversation(\.calls)?$/, '.conversations$1');
  if (shape.test(topic) && meant !== topic) return `${example} (did you mean "${meant}"?)`;
  return shape.test(topic) ? undefined : example;
}
