import type { Config } from '../config/schema.js';
import { mostChannels, mostTopics, subscribe, type Channel, type TopicState } from '../genesys/channel.js';
import type { RestClient } from '../genesys/rest.js';
import { combine, expand } from '../genesys/selectors.js';
import type { Finding } from './finding.js';

/** Two of an OAuth client's channels are kept for those that take the place of others (README, Topics). */
const usable = (mostChannels - 2) * mostTopics;

/** So many topics are named that are refused for one reason. */
const mostNamed = 3;

/** The topics that a config stands for now, with what each of its selectors came to. Throws what the REST client throws. */
export async function topicsOf(
  rest: RestClient,
  entries: Config['notifications']['topics'],
): Promise<{ topics: string[]; findings: Finding[] }> {
  const findings: Finding[] = [];
  const selected: string[] = [];
  for (const selector of entries) {
    if (typeof selector === 'string') continue;
    const topics = await expand(rest, selector);
    selected.push(...topics);
    const told = JSON.stringify(selector);
    findings.push(
      topics.length === 0
        ? { state: 'warn', what: 'selector', detail: `${told} fits no queue or user: check the pattern, the ids and the division` }
        : { state: 'ok', what: 'selector', detail: `${told} stands for ${topics.length} topics` },
    );
  }
  const literal = entries.filter((entry) => typeof entry === 'string');
  return { topics: [...new Set([...literal, ...combine(selected)])], findings };
}

/** Whether each topic is permitted, asked on one channel, a thousand at a time. Throws what the REST client throws. */
export async function checkTopics(rest: RestClient, channel: Channel, topics: readonly string[]): Promise<Finding[]> {
  if (topics.length === 0)
    return [{ state: 'warn', what: 'topics', detail: 'none are wanted: only webhooks and the local API tell of calls' }];
  const states: TopicState[] = [];
  for (let at = 0; at < topics.length; at += mostTopics)
    states.push(...(await subscribe(rest, channel, topics.slice(at, at + mostTopics))));
  const refused = new Map<string, string[]>();
  for (const { topic, permitted, reason = 'no reason told', missingPermissions } of states) {
    if (permitted) continue;
    const why = missingPermissions.length > 0 ? `missing ${missingPermissions.join(', ')}` : reason;
    refused.set(why, [...(refused.get(why) ?? []), topic]);
  }
  const findings: Finding[] = [...refused].map(([why, names]) => ({
    state: 'fail',
    what: 'topics',
    detail: `${names.length} refused, ${why}: ${listed(names)}`,
  }));
  if (topics.length > usable)
    findings.push({
      state: 'fail',
      what: 'topics',
      detail: `${topics.length} are more than the ${usable} that the channels of an OAuth client can hold`,
    });
  const permitted = states.filter((state) => state.permitted).length;
  return permitted > 0 ? [{ state: 'ok', what: 'topics', detail: `${permitted} of ${states.length} permitted` }, ...findings] : findings;
}

function listed(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
