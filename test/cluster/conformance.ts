import { expect } from 'chai';
import { CoordinatorFailed, LeaseTaken, type Coordinator, type IntentMessage, type LeaseEntry } from '../../src/cluster/coordinator.js';

/** Several members' coordinators on one engine, and what a test does to time and to streams of others. */
export interface Engine {
  connect: (member: string) => Promise<Coordinator>;
  /** Lets so many ms pass, or waits for them. */
  pass: (ms: number) => Promise<void>;
  /** Resolves when the condition holds; rejects if it does not come to that. */
  until: (what: string, holds: () => boolean) => Promise<void>;
  /** Something comes to a stream of others, which is there from then on. */
  feed: (stream: string, subject: string, texts: readonly string[]) => Promise<void>;
  close: () => Promise<void>;
}

const refused = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );

/** What each coordinator must keep to, whatever engine is behind it. */
export function conforms(name: string, open: () => Promise<Engine>, ttl: number): void {
  describe(`a coordinator ${name}`, () => {
    let engine: Engine;
    let one: Coordinator;
    let other: Coordinator;
    beforeEach(async () => {
      engine = await open();
      one = await engine.connect('vm-1');
      other = await engine.connect('vm-2');
    });
    afterEach(async () => {
      await one.close();
      await other.close();
      await engine.close();
    });

    describe('leases', () => {
      it('gives a lease to one, and to another one when it is given back, with a higher revision', async () => {
        const revision = await one.leases.create('partition.1', 'one');
        expect(await refused(other.leases.create('partition.1', 'other'))).to.be.instanceOf(LeaseTaken);
        await one.leases.delete('partition.1', revision);
        expect(await other.leases.create('partition.1', 'other')).to.be.above(revision);
      });

      it('takes a renewal by the present revision only', async () => {
        const first = await one.leases.create('partition.1', 'one');
        const second = await one.leases.update('partition.1', 'one', first);
        expect(second).to.be.above(first);
        expect(await refused(one.leases.update('partition.1', 'one', first))).to.be.instanceOf(LeaseTaken);
        expect(await refused(one.leases.delete('partition.1', first))).to.be.instanceOf(LeaseTaken);
        await one.leases.update('partition.1', 'one', second);
      });

      it('lets a lease age out that is not renewed, and not before', async () => {
        const revision = await one.leases.create('partition.1', 'one');
        await engine.pass(ttl * 0.6);
        const renewed = await one.leases.update('partition.1', 'one', revision);
        await engine.pass(ttl * 0.6);
        expect(await refused(other.leases.create('partition.1', 'other'))).to.be.instanceOf(LeaseTaken);
        await engine.pass(ttl * 0.6);
        const taken = await other.leases.create('partition.1', 'other');
        expect(taken).to.be.above(renewed);
        expect(await refused(one.leases.update('partition.1', 'one', renewed))).to.be.instanceOf(LeaseTaken);
      });

      it('tells all that is there, then each change', async () => {
        await one.leases.create('member.vm-1', 'a');
        const told: LeaseEntry[] = [];
        const stop = await other.leases.watch((entry) => told.push(entry));
        expect(told.map(({ key, value }) => [key, value])).to.deep.equal([['member.vm-1', 'a']]);
        const revision = await one.leases.create('partition.1', 'b');
        await one.leases.delete('partition.1', revision);
        await engine.until('all is told', () => told.length === 3);
        expect(told.slice(1).map(({ key, value }) => [key, value])).to.deep.equal([
          ['partition.1', 'b'],
          ['partition.1', undefined],
        ]);
        expect(told[1]?.revision).to.equal(revision);
        await stop();
        await one.leases.create('partition.2', 'c');
        await engine.pass(ttl / 10);
        expect(told).to.have.length(3);
      });

      it('tells at once that there is nothing to tell', async () => {
        const stop = await one.leases.watch(() => expect.fail('there is nothing'));
        await stop();
      });
    });

    describe('events', () => {
      const event = (
        conversationId: string,
        text: string,
        more: { id?: string; fence?: number } = {},
      ): Parameters<Coordinator['events']['publish']>[0] => ({
        partition: 3,
        conversationId,
        text,
        id: more.id,
        fence: more.fence,
      });

      it('hands over the newest of each conversation, then each that comes, with its fence', async () => {
        for (const text of ['a1', 'a2', 'a3']) await one.events.publish(event('a', text));
        await one.events.publish(event('b.c*>', 'b1', { fence: 7 }));
        await one.events.publish({ ...event('z', 'of another partition'), partition: 4 });
        const told: [string, number | undefined][] = [];
        let present = 0;
        const stop = await other.events.consume(
          3,
          (text, fence) => told.push([text, fence]),
          () => {
            present = told.length;
          },
        );
        await engine.until('what was there is told', () => present > 0);
        expect(told.slice(0, present)).to.have.deep.members([
          ['a3', undefined],
          ['b1', 7],
        ]);
        await one.events.publish(event('a', 'a4'));
        await engine.until('the next one is told', () => told.length === 3);
        expect(told[2]).to.deep.equal(['a4', undefined]);
        await stop();
      });

      it('says that all is told where there is nothing', async () => {
        let present = false;
        const stop = await one.events.consume(
          5,
          () => undefined,
          () => (present = true),
        );
        await engine.until('it says so', () => present);
        await stop();
      });

      it('keeps an event once whose id comes twice', async () => {
        const told: string[] = [];
        const stop = await one.events.consume(
          3,
          (text) => told.push(text),
          () => undefined,
        );
        await one.events.publish(event('a', 'first', { id: 'x' }));
        await other.events.publish(event('a', 'again', { id: 'x' }));
        await other.events.publish(event('a', 'next', { id: 'y' }));
        await engine.until('the next one is told', () => told.includes('next'));
        expect(told).to.deep.equal(['first', 'next']);
        await stop();
      });
    });

    describe('intents', () => {
      const consuming = async (
        coordinator: Coordinator,
      ): Promise<{ messages: IntentMessage[]; texts: () => string[]; stop: () => Promise<void> }> => {
        const messages: IntentMessage[] = [];
        let present = false;
        const stop = await coordinator.intents.consume(
          3,
          (message) => messages.push(message),
          () => (present = true),
        );
        await engine.until('what was there is told', () => present);
        return { messages, texts: () => messages.map(({ text }) => text), stop };
      };

      it('numbers what is accepted over all partitions, and hands over what is not done', async () => {
        const first = await one.intents.add(3, 'a', 'wish a');
        expect(await other.intents.add(4, 'b', 'of another partition')).to.be.above(first);
        const third = await other.intents.add(3, 'c', 'wish c');
        const taken = await consuming(other);
        expect(taken.texts()).to.deep.equal(['wish a', 'wish c']);
        expect(taken.messages.map(({ sequence }) => sequence)).to.deep.equal([first, third]);
        await one.intents.add(3, 'd', 'wish d');
        await engine.until('it comes', () => taken.messages.length === 3);
        await taken.stop();
      });

      it('takes one of an id only, although its publisher tries again', async () => {
        await one.intents.add(3, 'a', 'wish a');
        await one.intents.add(3, 'a', 'wish a');
        const taken = await consuming(one);
        expect(taken.texts()).to.deep.equal(['wish a']);
        await taken.stop();
      });

      it('hands all that is not done to the next owner at once, also what comes then', async () => {
        await one.intents.add(3, 'a', 'wish a');
        await one.intents.add(3, 'b', 'wish b');
        const before = await consuming(one);
        await before.messages[0]?.done();
        const next = await consuming(other);
        expect(next.texts()).to.deep.equal(['wish b']);
        await before.stop();
        await one.intents.add(3, 'c', 'wish c');
        await engine.until('the next owner has it', () => next.messages.length === 2);
        expect(before.texts()).to.deep.equal(['wish a', 'wish b']);
        for (const message of next.messages) await message.done();
        const third = await consuming(one);
        expect(third.texts()).to.deep.equal([]);
        await next.stop();
        await third.stop();
      });

      it('takes it that a message is done that is gone', async () => {
        await one.intents.add(3, 'a', 'wish a');
        const [first, second] = [await consuming(one), await consuming(other)];
        await first.messages[0]?.done();
        await second.messages[0]?.done();
        await first.stop();
        await second.stop();
      });

      it('keeps the newest record of each, until it is deleted', async () => {
        await one.intents.put(3, 'a', 'a1', 10);
        await one.intents.put(3, 'a', 'a2', 10);
        await one.intents.put(3, 'b.*', 'b1', 10);
        await one.intents.put(4, 'c', 'of another partition', 11);
        expect(await other.intents.records(3)).to.have.members(['a2', 'b1']);
        await other.intents.delete(3, 'a');
        expect(await one.intents.records(3)).to.deep.equal(['b1']);
        await other.intents.put(3, 'a', 'a3', 20);
        expect(await one.intents.records(3)).to.have.members(['a3', 'b1']);
        expect(await one.intents.records(9)).to.deep.equal([]);
      });

      it('refuses a record of an owner that was followed by another one', async () => {
        await one.intents.put(3, 'a', 'by the first', 10);
        await other.intents.records(3);
        await other.intents.put(3, 'a', 'by the next', 20);
        await refused(one.intents.put(3, 'a', 'by the woken first', 10));
        expect(await one.intents.records(3)).to.deep.equal(['by the next']);
        // one that does not know what is there, but may put it
        await one.intents.put(3, 'a', 'by the first again', 30);
        expect(await other.intents.records(3)).to.deep.equal(['by the first again']);
      });

      it('puts records of one intent in the order in which they were told', async () => {
        await Promise.all(Array.from({ length: 20 }, (_, index) => one.intents.put(3, 'a', String(index), 10)));
        expect(await other.intents.records(3)).to.deep.equal(['19']);
      });
    });

    describe('shares', () => {
      it('stay until they are replaced or deleted, and are told', async () => {
        await one.shares.put('topics.1', 'x');
        const told: [string, string | undefined][] = [];
        const stop = await other.shares.watch((key, text) => told.push([key, text]));
        expect(told).to.deep.equal([['topics.1', 'x']]);
        await one.shares.put('topics.1', 'y');
        await one.shares.delete('topics.1');
        await engine.until('all is told', () => told.length === 3);
        expect(told.slice(1)).to.deep.equal([
          ['topics.1', 'y'],
          ['topics.1', undefined],
        ]);
        await stop();
      });
    });

    describe('asks', () => {
      it('brings a question to the instance of that name, and its answer back', async () => {
        const stop = await one.asks.answer('vm 1.de', (question) => Promise.resolve(`${question}!`));
        expect(await other.asks.ask('vm 1.de', 'well', 1_000)).to.equal('well!');
        await stop();
        expect(await refused(other.asks.ask('vm 1.de', 'well', 1_000))).to.be.instanceOf(CoordinatorFailed);
      });

      it('tells all who listen', async () => {
        const heard: string[] = [];
        const stops = [
          await one.asks.listen((text) => heard.push(`one ${text}`)),
          await other.asks.listen((text) => heard.push(`other ${text}`)),
        ];
        await engine.pass(ttl / 10);
        one.asks.tell('gap');
        await engine.until('both have heard it', () => heard.length === 2);
        expect(heard).to.have.members(['one gap', 'other gap']);
        for (const stop of stops) await stop();
      });
    });

    describe('feeds', () => {
      it('gives each message of a stream of others to one instance', async () => {
        await engine.feed('GENESYS', 'genesys.events', ['1', '2']);
        const told: string[] = [];
        const take = (text: string, done: () => Promise<void>): void => {
          told.push(text);
          void done();
        };
        const feed = { stream: 'GENESYS', subject: 'genesys.events' };
        const stops = [await one.feeds.consume(feed, take), await other.feeds.consume(feed, take)];
        await engine.feed('GENESYS', 'genesys.events', ['3', '4', '5']);
        await engine.until('all are told', () => told.length >= 5);
        await engine.pass(ttl / 10);
        expect([...told].sort()).to.deep.equal(['1', '2', '3', '4', '5']);
        for (const stop of stops) await stop();
      });
    });
  });
}
