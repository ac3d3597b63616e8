import { expect } from 'chai';
import { deferred } from '../../src/base/deferred.js';
import type { Answer } from '../../src/genesys/answer.js';
import { eventually } from '../support/eventually.js';
import { answer } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { Org } from './support/org.js';

const settings = { topics: ['v2.x'], silenceTimeout: 35_000, rotateBefore: 0 };
const permitted = (...topics: string[]): Answer => answer(200, { entities: topics.map((id) => ({ id, state: 'Permitted' })) });

describe('notifications that are configured anew', () => {
  const closing = cleanup();
  let org: Org;

  const open = async (topics?: readonly string[]): Promise<void> => {
    org = await Org.open(topics);
    closing(() => org.close());
  };
  const subscribedTo = (...topics: string[]): Promise<void> =>
    eventually(`the topics are ${topics.join()}`, () => org.notifications.topics.map(({ topic }) => topic).join() === topics.join());

  beforeEach(() => open());

  it('get other topics over the open socket', async () => {
    void org.run();
    await org.connected();
    org.subscribe = () => permitted('v2.x', 'v2.y');
    org.notifications.configure({ ...settings, topics: ['v2.x', 'v2.y', { queues: ['q'], suffix: 'conversations' }] });
    await subscribedTo('v2.x', 'v2.y');
    expect(org).to.deep.include({ subscribed: 2, created: 1 });
    expect(org.streaming.sockets).to.have.length(1);
    expect(org.notifications.connected).to.equal(true);
    expect(org.log.of('topics.subscribed').map(({ topic }) => topic)).to.deep.equal(['v2.x', 'v2.y']);
  });

  it('ask nothing for the topics that they have', async () => {
    void org.run();
    await org.connected();
    org.notifications.configure(settings);
    expect(org.subscribed).to.equal(1);
  });

  it('give all topics up where none is wished any more', async () => {
    void org.run();
    await org.connected();
    org.notifications.configure({ ...settings, topics: [] });
    await subscribedTo();
    expect(org.subscribed).to.equal(2);
  });

  it('ask for what was wished last, also when that came while they asked', async () => {
    const first = deferred<Answer>();
    org.subscribe = () => (org.subscribed === 1 ? first.promise : permitted('v2.z'));
    void org.run();
    await org.at('subscribing');
    await eventually('the topics are asked for', () => org.subscribed === 1);
    org.notifications.configure({ ...settings, topics: ['v2.y'] });
    org.notifications.configure({ ...settings, topics: ['v2.z'] });
    first.resolve(permitted('v2.x'));
    await org.connected();
    await subscribedTo('v2.z');
    expect(org.subscribed).to.equal(2);
  });

  it('ask once more, not twice at the same time, when they become others again', async () => {
    void org.run();
    await org.connected();
    const second = deferred<Answer>();
    org.subscribe = () => (org.subscribed === 2 ? second.promise : permitted('v2.z'));
    org.notifications.configure({ ...settings, topics: ['v2.y'] });
    await eventually('they are asked for', () => org.subscribed === 2);
    org.notifications.configure({ ...settings, topics: ['v2.z'] });
    second.resolve(permitted('v2.y'));
    await subscribedTo('v2.z');
    expect(org.subscribed).to.equal(3);
  });

  it('make a new channel where the platform does not take the topics of the old one', async () => {
    void org.run();
    await org.connected();
    org.subscribe = () => (org.subscribed === 2 ? answer(404) : permitted('v2.y'));
    org.notifications.configure({ ...settings, topics: ['v2.y'] });
    await eventually('the socket is lost', () => org.log.of('channel.lost').length === 1 && org.notifications.state.at === 'waiting');
    await org.clock.advance(0);
    await org.connected(2);
    await subscribedTo('v2.y');
    expect(org.created).to.equal(2);
  });

  it('notice silence as soon as is said now, on the open socket too', async () => {
    void org.run();
    await org.connected();
    org.notifications.configure({ ...settings, silenceTimeout: 3_000 });
    await eventually('it is asked by pings', () => org.streaming.heard.length === 2);
    // nothing answers here
    await org.clock.advance(3_000);
    await eventually('the socket is lost', () => org.log.of('channel.silent').length === 1);
    expect(org.clock.now()).to.equal(3_000);
  });

  it('do not take a socket for dead that was silent by the old measure only, if it answers', async () => {
    void org.run();
    await org.connected();
    await org.clock.advance(9_000);
    org.notifications.configure({ ...settings, silenceTimeout: 3_000 });
    org.streaming.event(1);
    await eventually('the event came', () => org.signals.includes('event 1'));
    await org.clock.advance(2_000);
    expect(org.notifications.connected).to.equal(true);
  });

  describe('with other hosts or credentials', () => {
    it('make a new channel in place of the open one', async () => {
      void org.run();
      await org.connected();
      org.notifications.reconnect();
      await eventually('the socket is lost', () => org.notifications.state.at === 'waiting');
      await org.clock.advance(0);
      await org.connected(2);
      expect(org.created).to.equal(2);
      expect(org.signals).to.deep.equal(['gap', 'gap', 'gap']);
    });

    it('make a new one in place of one that is being made', async () => {
      const first = deferred<Answer>();
      let asked = 0;
      org.create = () => {
        asked += 1;
        return first.promise;
      };
      void org.run();
      await eventually('the channel is asked for', () => asked === 1);
      org.notifications.reconnect();
      org.create = undefined;
      first.resolve(answer(200, { id: 'old', connectUri: org.streaming.uri('old') }));
      await eventually('it is given up', () => org.notifications.state.at === 'waiting');
      await org.clock.advance(0);
      await org.connected();
      expect(org.streaming.upgrades.map(({ path }) => path)).to.deep.equal(['/channels/hush-channel-1']);
    });

    it('make nothing anew before they run', () => {
      org.notifications.reconnect();
      org.notifications.configure({ ...settings, topics: ['v2.y'] });
      expect(org.notifications.state.at).to.equal('idle');
    });
  });
});
