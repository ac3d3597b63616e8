import { expect } from 'chai';
import type { Answer } from '../../src/genesys/answer.js';
import { CredentialsRefused } from '../../src/genesys/errors.js';
import { eventually } from '../support/eventually.js';
import { answer, rejection } from './support/answers.js';
import { cleanup } from './support/cleanup.js';
import { channelSecret, Org } from './support/org.js';

describe('Shard, running', () => {
  const closing = cleanup();
  let org: Org;

  beforeEach(async () => {
    org = await Org.open();
    closing(async () => {
      await org.close();
      expect(org.log.text, 'no channel id is ever logged').not.to.include(channelSecret);
    });
  });

  const failed = (times: number): Promise<void> =>
    eventually(`it failed ${times} times`, () => org.log.of('channel.failed').length === times && org.shard.state.at === 'waiting');
  const waits = (): unknown[] =>
    [...org.log.lines].filter(({ event }) => /channel\.(lost|failed)/.test(event)).map(({ fields }) => fields['retryInMs']);

  describe('back-off', () => {
    it('tries first within 500 ms, then doubles to 30 s', async () => {
      org.random = 1;
      org.create = (): Answer => answer(503);
      void org.run();
      for (let times = 1; times <= 9; times += 1) {
        await failed(times);
        await org.clock.advance(Number(waits().at(-1)));
      }
      expect(waits().slice(0, 9)).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
      expect(org.log.of('channel.failed')[0]).to.include({ status: 503 });
    });

    it('is drawn from the whole range', async () => {
      org.random = 0.1;
      org.create = (): Answer => answer(503);
      void org.run();
      for (let times = 1; times <= 3; times += 1) {
        await failed(times);
        await org.clock.advance(Number(waits().at(-1)));
      }
      expect(waits().slice(0, 3)).to.deep.equal([50, 100, 200]);
    });

    it('starts anew only after a healthy minute', async () => {
      org.random = 1;
      void org.run();
      const lasts = [0, 59_999, 60_000, 1_000];
      for (const [index, ms] of lasts.entries()) {
        await org.connected(index + 1);
        for (let left = ms; left > 0; left -= 20_000) {
          // the server is heard of, so that it is not silent
          org.streaming.event(left);
          await eventually('it was heard', () => org.signals.at(-1) === `event ${left}`);
          await org.clock.advance(Math.min(left, 20_000));
        }
        org.streaming.last.terminate();
        await eventually('it is lost', () => org.log.of('channel.lost').length === index + 1 && org.shard.state.at === 'waiting');
        await org.clock.advance(Number(waits().at(-1)));
      }
      expect(waits()).to.deep.equal([500, 1_000, 500, 1_000]);
    });
  });

  describe('and the OAuth client', () => {
    const refuse = (): Answer => answer(401, { error: 'invalid_client' });

    it('ends when it is refused at the start', async () => {
      org.login = refuse;
      expect(await rejection(org.run())).to.be.instanceOf(CredentialsRefused);
      expect(org.log.of('auth.refused')).to.have.length(1);
      expect(org.created).to.equal(0);
    });

    it('ends also when it is refused after other trouble', async () => {
      org.login = (): Answer => answer(503);
      const run = org.run();
      await failed(1);
      org.login = refuse;
      const error = rejection(run);
      await org.clock.advance(0);
      expect(await error).to.be.instanceOf(CredentialsRefused);
    });

    it('goes on trying when it is refused after it was good once', async () => {
      const next = (): Promise<void> => org.clock.advance(Number(waits().at(-1)));
      const lost = (times: number): Promise<void> =>
        eventually(`it is lost ${times} times`, () => org.log.of('channel.lost').length === times && org.shard.state.at === 'waiting');
      org.random = 0.5;
      void org.run();
      await org.connected();
      // the channel and the token are gone, and the client is disabled, by the time that the socket is cut
      org.login = refuse;
      org.create = (): Answer => answer(401);
      org.streaming.refuse = 404;
      org.streaming.last.terminate();
      await lost(1);
      await next();
      await lost(2);
      await next();
      await failed(1);
      expect(org.log.of('auth.refused')).to.have.length(1);
      org.login = org.create = org.streaming.refuse = undefined;
      await next();
      await org.connected(2);
    });
  });

  describe('stop', () => {
    const stopped = async (run: Promise<void>): Promise<void> => {
      await run;
      expect(org.shard.state).to.deep.equal({ at: 'stopped' });
      expect(org.shard.connected).to.equal(false);
      await eventually('no socket is open', () => org.streaming.live === 0);
      const { length } = org.streaming.upgrades;
      // a day, in which a channel would be replaced
      await org.clock.advance(86_400_000);
      expect(org.streaming.upgrades, 'nothing is tried any more').to.have.length(length);
      expect(org.clock.timers).to.equal(0);
    };
    /** An answer that comes when it is released. */
    const held = (): { reply: () => Promise<Answer>; asked: () => boolean; release: (answer: Answer) => void } => {
      let resolve: ((answer: Answer) => void) | undefined;
      return {
        reply: () =>
          new Promise((settle) => {
            resolve = settle;
          }),
        asked: () => resolve !== undefined,
        release: (given) => {
          resolve?.(given);
        },
      };
    };

    it('before it runs keeps it from running', async () => {
      org.shard.stop();
      await stopped(org.run());
      expect(org.created).to.equal(0);
    });

    it('while a channel is made opens no socket', async () => {
      const { reply, asked, release } = held();
      org.create = reply;
      const run = org.run();
      await eventually('the channel is asked for', asked);
      org.shard.stop();
      release(answer(200, { id: channelSecret, connectUri: org.streaming.uri(channelSecret) }));
      await stopped(run);
      expect(org.streaming.upgrades).to.be.empty;
    });

    it('while a channel is refused tries no more', async () => {
      const { reply, asked, release } = held();
      org.create = reply;
      const run = org.run();
      await eventually('the channel is asked for', asked);
      org.shard.stop();
      release(answer(500));
      await stopped(run);
    });

    it('while the socket is being opened closes it', async () => {
      org.streaming.refuse = 0;
      const run = org.run();
      await eventually('the upgrade came', () => org.streaming.upgrades.length === 1);
      org.shard.stop();
      await stopped(run);
    });

    it('while it subscribes closes the socket at once', async () => {
      const { reply, release } = held();
      org.subscribe = reply;
      const run = org.run();
      await org.at('subscribing');
      org.shard.stop();
      await eventually('the socket is closed', () => org.streaming.live === 0);
      release(answer(200, { entities: [] }));
      await stopped(run);
      expect(org.signals, 'it was never open').to.be.empty;
    });

    it('while it is open ends it without telling of a loss', async () => {
      const run = org.run();
      await org.connected();
      org.shard.stop();
      await stopped(run);
      expect(org.log.of('channel.lost')).to.be.empty;
      org.shard.stop();
    });

    it('while it waits ends the wait', async () => {
      org.random = 1;
      org.create = (): Answer => answer(500);
      const run = org.run();
      await failed(1);
      org.shard.stop();
      await stopped(run);
    });
  });
});
