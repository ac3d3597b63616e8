import { expect } from 'chai';
import { readyDetails } from '../../src/figures/checks.js';
import type { TopicState } from '../../src/genesys/channel.js';
import type { Notifications } from '../../src/genesys/notifications.js';

describe('the body of /readyz', () => {
  it('has the refused topics first, at most a thousand topics, and their counts', () => {
    const state = (topic: string, permitted: boolean): TopicState => ({ topic, permitted, reason: undefined, missingPermissions: [] });
    const topics = [...Array.from({ length: 1_200 }, (_, index) => state(`v2.${index}`, true)), state('v2.refused', false)];
    const notifications: Pick<Notifications, 'topics' | 'desired'> = { topics, desired: topics.map(({ topic }) => topic) };
    const details = readyDetails({ notifications });
    expect(details.topics).to.have.length(1_000);
    expect(details.topics[0]).to.include({ topic: 'v2.refused', permitted: false });
    expect(details.topicCounts).to.deep.equal({ desired: 1_201, permitted: 1_200, rejected: 1 });
  });
});
