import { expect } from 'chai';
import { deferred } from '../../src/base/deferred.js';
import type { Answer } from '../../src/genesys/answer.js';
import { eventually } from '../support/eventually.js';
import { answer } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { Org } from './support/org.js';

describe('Shard, when its settings change', () => {
  const closing = cleanup();
  let org: Org;

  beforeEach(async () => {
    org = await Org.open();
    closing(() => org.close());
  });

  it('notices silence as soon as is said now, on the open socket too', async () => {
    void org.run();
    await org.connected();
    org.settings.silenceTimeout = 3_000;
    org.shard.replan();
    await eventually('it is asked by pings', () => org.streaming.heard.length === 2);
    // nothing answers here
    await org.clock.advance(3_000);
    await eventually('the socket is lost', () => org.log.of('channel.silent').length === 1);
    expect(org.clock.now()).to.equal(3_000);
  });

  it('does not take a socket for dead that was silent by the old measure only, if it answers', async () => {
    void org.run();
    await org.connected();
    await org.clock.advance(9_000);
    org.settings.silenceTimeout = 3_000;
    org.shard.replan();
    org.streaming.event(1);
    await eventually('the event came', () => org.signals.includes('event 1'));
    await org.clock.advance(2_000);
    expect(org.shard.connected).to.equal(true);
  });

  it('with other hosts, makes a new channel in place of one that is being made', async () => {
    const first = deferred<Answer>();
    let asked = 0;
    org.create = (): Promise<Answer> => {
      asked += 1;
      return first.promise;
    };
    void org.run();
    await eventually('the channel is asked for', () => asked === 1);
    org.shard.rotate('reload');
    org.create = undefined;
    first.resolve(answer(200, { id: 'old', connectUri: org.streaming.uri('old') }));
    await org.connected();
    expect(org.streaming.upgrades.map(({ path }) => path)).to.deep.equal(['/channels/hush-channel-1']);
  });
});
