import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { eventOf } from '../../src/cluster/eventbridge.js';
import { Feed } from '../../src/cluster/feed.js';
import { CoordinatorFailed, type Feeds } from '../../src/cluster/coordinator.js';
import type { NotificationEvent } from '../../src/genesys/frames.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const topicName = 'v2.routing.queues.9f1c.conversations.calls';
const eventBody = { id: 'c', participants: [] };
const envelope = (detail: unknown): string =>
  JSON.stringify({ version: '0', 'detail-type': topicName, time: '2026-11-27T08:00:00Z', detail });

describe('an EventBridge envelope', () => {
  it('holds an event under detail, with the time of its making', () => {
    const event = eventOf(envelope({ topicName, eventBody, metadata: { CorrelationId: 'x' }, timestamp: '2026-11-27T08:00:00.123Z' }));
    expect(event).to.deep.equal({
      topicName,
      eventBody,
      metadata: { CorrelationId: 'x' },
      timestamp: Date.UTC(2026, 10, 27, 8, 0, 0, 123),
    });
  });

  it('may have the body itself as its detail, the topic as its type, and its time as a number, or none', () => {
    expect(eventOf(envelope({ ...eventBody, timestamp: 1_000 }))).to.deep.equal({ topicName, eventBody, metadata: {}, timestamp: 1_000 });
    expect(eventOf(envelope({ ...eventBody, timestamp: '1000' })).timestamp).to.equal(1_000);
    const zoneless = eventOf(envelope({ ...eventBody, timestamp: '2026-11-27T08:00:00.123' }));
    expect(zoneless.timestamp).to.equal(Date.UTC(2026, 10, 27, 8, 0, 0, 123));
    expect(eventOf(envelope(eventBody))).to.deep.equal({ topicName, eventBody, metadata: {} });
    expect(eventOf(envelope({ ...eventBody, timestamp: 'yesterday' }))).not.to.have.property('timestamp');
  });

  for (const [what, text, words] of [
    ['no JSON', 'secret {', /^the message is not JSON$/],
    ['no detail', '{"a":"secret"}', /no EventBridge envelope/],
    ['no topic', '{"detail":{"id":"secret"}}', /neither detail.topicName nor detail-type/],
  ] as const)
    it(`with ${what} is refused in words that repeat nothing of it`, () => {
      expect(() => eventOf(text))
        .to.throw(words)
        .and.to.have.property('message')
        .that.does.not.contain('secret');
    });
});

describe('a feed', () => {
  const feed = { stream: 'GENESYS', subject: 'genesys.events' };
  class FakeFeeds implements Feeds {
    onMessage: Parameters<Feeds['consume']>[1] = () => undefined;
    readonly done: string[] = [];
    failures = 0;
    stopped = 0;

    consume(_: unknown, onMessage: Parameters<Feeds['consume']>[1]): Promise<() => Promise<void>> {
      if (this.failures > 0) {
        this.failures -= 1;
        return Promise.reject(new CoordinatorFailed('there is no stream GENESYS: make it, or mend cluster.feeds'));
      }
      this.onMessage = onMessage;
      return Promise.resolve(() => {
        this.stopped += 1;
        return Promise.resolve();
      });
    }

    tell(text: string): void {
      this.onMessage(text, () => {
        this.done.push(text);
        return Promise.resolve();
      });
    }
  }

  const made = (
    take: (event: NotificationEvent) => Promise<unknown>,
  ): { feeds: FakeFeeds; log: RecordingLog; clock: FakeClock; feed: Feed } => {
    const [feeds, log, clock] = [new FakeFeeds(), new RecordingLog(), new FakeClock()];
    return { feeds, log, clock, feed: new Feed({ deadlines: new Deadlines(clock), log, random: () => 0.5, feeds, take }, feed) };
  };

  it('hands events on, and calls a message done only when that is done', async () => {
    const handed: ((failed: boolean) => void)[] = [];
    const { feeds, feed: one } = made(
      () =>
        new Promise((resolve, reject) =>
          handed.push((failed) => {
            if (failed) reject(new Error('NATS cannot be reached'));
            else resolve(undefined);
          }),
        ),
    );
    await one.start();
    for (const id of ['a', 'b']) feeds.tell(envelope({ topicName, eventBody: { ...eventBody, id } }));
    await settled();
    expect(feeds.done).to.be.empty;
    handed[0]?.(true);
    handed[1]?.(false);
    await settled();
    expect(feeds.done).to.deep.equal([envelope({ topicName, eventBody: { ...eventBody, id: 'b' } })]);
    expect(one.counts).to.deep.equal({ taken: 1, invalid: 0 });
    await one.stop();
    expect(feeds.stopped).to.equal(1);
  });

  it('leaves out what it does not understand, and says so', async () => {
    const { feeds, log, feed: one } = made(() => Promise.resolve());
    await one.start();
    feeds.tell('secret');
    await settled();
    expect(feeds.done).to.deep.equal(['secret']);
    expect(one.counts.invalid).to.equal(1);
    expect(log.of('frame.invalid')).to.deep.equal([{ error: 'the message is not JSON', bytes: 6 }]);
  });

  it('tries again where the stream is not there yet', async () => {
    const { feeds, log, clock, feed: one } = made(() => Promise.resolve());
    feeds.failures = 2;
    const started = one.start();
    await clock.advance(2_000);
    await started;
    expect(log.lines.map(({ event }) => event)).to.deep.equal(['feed.failed', 'feed.failed', 'feed.consuming']);
    expect(log.of('feed.failed')[0]).to.include({ ...feed, retryInMs: 250 });
  });

  it('ends its tries when it is stopped', async () => {
    const { feeds, feed: one } = made(() => Promise.resolve());
    feeds.failures = Infinity;
    const started = one.start();
    await settled();
    await one.stop();
    await started;
  });
});
