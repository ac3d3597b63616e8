import { expect } from 'chai';
import { topicFault } from '../../src/config/topics.js';
import { genesys, load, refuses } from './folder.js';

const example = 'expected a topic such as v2.routing.queues.<id>.conversations.calls or v2.users.<id>.conversations';
const selection = 'expected a name pattern such as "Billing*", a list of ids, or {name, id, division}';
const selectors = '{ queues: …, suffix: … } or { users: …, suffix: … }';
const suffix = 'expected the topic after the id, such as conversations.calls';
const topics = (topic: string): string => `${genesys}notifications:\n  topics:\n    - ${topic}\n`;

describe('topics', () => {
  refuses([
    ['a text that is no topic', topics('queues.7f5c'), `c.yaml:7:7 notifications.topics[0]: ${example}`],
    [
      'a wildcard, and tell of selectors',
      topics('v2.routing.queues.*.conversations'),
      `c.yaml:7:7 notifications.topics[0]: there are no wildcards in topics; ${example}, or a selector such as { queues: "Billing*", suffix: conversations.calls }`,
    ],
    [
      'a topic that is too long',
      topics(`v2.users.${'a'.repeat(192)}`),
      'c.yaml:7:7 notifications.topics[0]: a topic has at most 200 characters',
    ],
    ['a number', topics('7'), `c.yaml:7:7 notifications.topics[0]: 7 is not valid, expected a topic, or a selector ${selectors}`],
    ['a list in the list', topics('[]'), `c.yaml:7:7 notifications.topics[0]: [] is not valid, expected ${selectors}`],
    [
      'one topic that is no list',
      `${genesys}notifications: { topics: v2.users.7f5c.conversations }\n`,
      'c.yaml:5:26 notifications.topics: "v2.users.7f5c.conversations" is not valid, expected a list of topics',
    ],
    ['a selector without its suffix', topics('{ queues: Billing* }'), `c.yaml:7:7 notifications.topics[0].suffix: is missing, ${suffix}`],
    [
      'a selector of users without its suffix',
      topics('{ users: [a] }'),
      `c.yaml:7:7 notifications.topics[0].suffix: is missing, ${suffix}`,
    ],
    [
      'a selector whose field is misspelt',
      topics('{ queue: Billing*, suffix: conversations.calls }'),
      `c.yaml:7:7 notifications.topics[0].queues: is missing, ${selection}`,
      'c.yaml:7:9 notifications.topics[0].queue: unknown field, expected one of queues, suffix, users (did you mean "queues"?)',
    ],
    [
      'a selector of nothing that can be selected',
      topics('{ users: 7, suffix: conversations }'),
      `c.yaml:7:16 notifications.topics[0].users: 7 is not valid, ${selection}`,
    ],
    [
      'a selector of no ids',
      topics('{ queues: [], suffix: conversations }'),
      'c.yaml:7:17 notifications.topics[0].queues: [] is not valid, expected at least one id',
    ],
    [
      'a selector of ids that are none',
      topics('{ queues: { id: [7] }, suffix: conversations }'),
      'c.yaml:7:24 notifications.topics[0].queues.id[0]: 7 is not valid, expected an id',
    ],
    [
      'a selection whose field is misspelt',
      topics('{ users: { nam: A* }, suffix: conversations }'),
      'c.yaml:7:18 notifications.topics[0].users.nam: unknown field, expected one of name, id, division (did you mean "name"?)',
    ],
  ]);

  it('may be selectors by name, by ids and by more than one criterion', () => {
    const { config } = load(
      `${topics('v2.users.7f5c.conversations')}    - { queues: Billing*, suffix: conversations.calls }
    - { users: [a, b], suffix: conversations }
    - { queues: { name: B*, division: d }, suffix: conversations }\n`,
    );
    expect(config.notifications.topics).to.have.length(4);
  });

  for (const topic of [
    'v2.users.7f5c.conversations',
    'v2.routing.queues.7f5c-11.conversations.calls',
    'v2.detail.events.conversation.7f5c.user.start',
    'v2.users.7f5c?conversations.calls&presence',
    `v2.users.${'a'.repeat(191)}`,
  ])
    it(`take ${topic.slice(0, 50)}`, () => {
      expect(topicFault(topic)).to.equal(undefined);
    });

  for (const topic of [
    '',
    'v2',
    'v2.',
    'v1.users.7f5c',
    'v2.users..conversations',
    'v2.users.7f5c ',
    'v2.users.7f5c?',
    'v2.users.7f5c?a&',
    'v2.users.7f5c?a&&b',
    'x.v2.users.7f5c',
  ])
    it(`refuse ${JSON.stringify(topic)}`, () => {
      expect(topicFault(topic)).to.equal(example);
    });
});
