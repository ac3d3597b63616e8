import { expect } from 'chai';
import type { Report, RuleReport } from '../../src/recording/report.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { event, framed, participant, replayed, replayOf } from './support/replayed.js';

const customer = participant('p1');
const gone = { state: 'terminated', endTime: '2026-01-01T00:00:01Z' };
const tier = (set: Record<string, string>, more: Record<string, unknown> = {}): { rules: unknown } => ({
  rules: [{ name: 'tier', when: 'conversation.started', set, ...more }],
});

function only({ conversations }: Report): RuleReport {
  const [first] = conversations;
  if (conversations.length !== 1 || first?.rules.length !== 1) throw new Error(`not one rule: ${JSON.stringify(conversations)}`);
  return first.rules[0]!;
}

describe('Replay', () => {
  describe('tells of a rule', () => {
    it('what it would have written, when, and for whom; values only where they are asked for', async () => {
      const config = tier({ queue: 'conversation.id', level: "'HIGH'" });
      const wish = { at: '2026-01-01T00:00:00.250Z', participantId: 'p1', purpose: 'customer', keys: ['queue', 'level'] };
      const rule = { rule: 'tier', evaluated: 1, held: 1, wished: 1, notSet: [] };
      expect(only(await replayed([event(250, [customer])], { config }))).to.deep.equal({ ...rule, wishes: [wish] });
      expect(only(await replayed([event(250, [customer])], { config, values: true }))).to.deep.equal({
        ...rule,
        wishes: [{ ...wish, attributes: { queue: 'c1', level: 'HIGH' } }],
      });
    });

    it('which keys were undefined, and how often', async () => {
      const config = {
        rules: [{ name: 'tier', when: 'conversation.updated', set: { a: '1', b: 'participant.none', c: 'participant.none' } }],
      };
      const rule = only(await replayed([event(1, [customer]), event(2, [customer])], { config }));
      expect(rule).to.include({ evaluated: 2, held: 2, wished: 1 });
      expect(rule.notSet).to.deep.equal([{ why: 'undefined', keys: ['b', 'c'], times: 2 }]);
    });

    it('that an expression failed, without the data that it met', async () => {
      const rule = only(await replayed([event(1, [customer])], { config: tier({ n: '$number(participant.ani & "x")' }) }));
      expect(rule.notSet).to.deep.equal([{ why: 'failed', detail: 'set.n: Unable to cast value to a number: …', times: 1 }]);
      const condition = only(await replayed([event(1, [customer])], { config: tier({ n: '1' }, { if: '$number("x")' }) }));
      expect(condition).to.include({ evaluated: 1, held: 0, wished: 0 });
      expect(condition.notSet.map(({ why }) => why)).to.deep.equal(['failed']);
    });

    it('nothing where its condition did not hold, but counts it', async () => {
      const report = await replayed([event(1, [customer])], { config: tier({ n: '1' }, { if: 'false' }) });
      expect(report.conversations).to.deep.equal([]);
      expect(report.totals.rules).to.deep.equal([{ rule: 'tier', evaluated: 1, held: 0, wished: 0, left: {} }]);
      expect(report.totals.conversations).to.equal(1);
    });
  });

  describe('without lookups', () => {
    const config = {
      lookups: { crm: { url: 'http://127.0.0.1:1/customers/{ani}?queue={conversation.id}' } },
      ...tier({ id: 'lookup.id' }, { lookup: 'crm' }),
    };

    it('tells what would have been asked, with what goes into the URL only where values are asked for', async () => {
      const rule = only(await replayed([event(1, [customer])], { config }));
      expect(rule).to.include({ held: 1, wished: 0 });
      expect(rule.notSet).to.deep.equal([
        { why: 'lookup not asked', detail: 'would look up http://127.0.0.1:1/customers/…?queue=…; what it sets is not known', times: 1 },
      ]);
      const [told] = only(await replayed([event(1, [customer])], { config, values: true })).notSet;
      expect(told?.detail).to.equal('would look up http://127.0.0.1:1/customers/%2B15551000001?queue=c1; what it sets is not known');
    });

    it('tells that there was nothing to ask by, until there is', async () => {
      const report = await replayed([event(1, [participant('p1', 'customer', { ani: undefined })]), event(2, [customer])], { config });
      expect(only(report).notSet.map(({ why, times }) => [why, times])).to.deep.equal([
        ['nothing to ask', 1],
        ['lookup not asked', 1],
      ]);
      expect(report.totals.rules[0]?.left).to.deep.equal({ 'nothing to ask': 1, 'lookup not asked': 1 });
    });
  });

  describe('in the recording’s time', () => {
    it('forgets a call that has ended, and fires again for one that comes back', async () => {
      const config = { ...tier({ n: '1' }), conversations: { forgetAfter: '10m' }, outbox: { keepFinished: '20m' } };
      const over = event(2, [participant('p1', 'customer', gone)]);
      const wishesAt = async (minutes: number): Promise<string[]> => {
        const report = await replayed([event(1, [customer]), over, event(minutes * 60_000, [customer])], { config });
        return only(report).wishes.map(({ at }) => at);
      };
      const first = '2026-01-01T00:00:00.001Z';
      expect(await wishesAt(9), 'still known').to.deep.equal([first]);
      expect(await wishesAt(15), 'its firing is still known').to.deep.equal([first]);
      expect(await wishesAt(40)).to.deep.equal([first, '2026-01-01T00:40:00.000Z']);
    });

    it('waits in real time where a speed is given', async () => {
      const clock = new FakeClock();
      const replay = replayOf([event(1_000, [customer]), event(3_000, [customer])], { speed: 2, clock });
      let ended = false;
      const run = replay.run().then(() => (ended = true));
      const seen: number[] = [];
      for (const ms of [499, 1, 999, 1]) {
        await clock.advance(ms);
        for (let turns = 0; turns < 5; turns += 1) await settled();
        seen.push(replay.lines);
      }
      expect(seen).to.deep.equal([0, 1, 1, 2]);
      await run;
      expect(ended).to.equal(true);
      expect(clock.timers).to.equal(0);
    });

    it('ends early on a signal, with what was seen by then', async () => {
      const stop = new AbortController();
      const clock = new FakeClock();
      const replay = replayOf([event(0, [customer]), event(60_000, [customer])], { speed: 1, clock, signal: stop.signal });
      const run = replay.run();
      for (let turns = 0; replay.lines === 0 && turns < 1_000; turns += 1) await settled();
      stop.abort();
      await run;
      expect([replay.lines, replay.frames.event]).to.deep.equal([1, 1]);
    });
  });

  it('counts frames by kind, gaps, invalid frames and broken lines with their numbers, and events by outcome', async () => {
    const report = await replayed([
      framed(0, { topicName: 'channel.metadata', eventBody: { message: 'pong' } }),
      framed(1, { topicName: 'channel.metadata', eventBody: { message: 'WebSocket Heartbeat' } }),
      { fault: 'not JSON' },
      framed(2, { hello: 1 }),
      { at: '', ms: 3, channel: 'c', text: 7 },
      event(4, [customer]),
      event(5, [customer], { version: 4 }),
      event(6, [customer], { version: 3 }),
      { at: '', ms: 7, gap: true },
      framed(8, { topicName: 'v2.users.u.presence', eventBody: {} }),
      framed(9, { topicName: 'v2.system.socket_closing', eventBody: {} }),
      framed(10_000, { result: '200' }),
    ]);
    expect(report.recording).to.include({ file: 'r.ndjson', attributed: '1.2.3', seconds: 10, lines: 12 });
    expect(report.totals).to.deep.equal({
      frames: { event: 4, heartbeat: 1, pong: 1, closing: 1, reply: 1 },
      invalid: {
        count: 2,
        first: [
          { line: 5, error: 'the frame has neither topicName and eventBody nor result' },
          { line: 6, error: 'the frame is not JSON' },
        ],
      },
      broken: { count: 1, first: [{ line: 4, error: 'not JSON' }] },
      gaps: 1,
      events: { newer: 1, duplicate: 1, older: 1, ignored: 1 },
      conversations: 1,
      rules: [],
    });
  });

  it('comes to the same each time', async () => {
    const config = {
      lookups: { crm: { url: 'http://127.0.0.1:1/{ani}' } },
      rules: [
        { name: 'crm', when: 'conversation.updated', lookup: 'crm', set: { id: 'lookup.id' } },
        { name: 'legs', when: 'conversation.updated', set: { legs: '$count(conversation.participants)' } },
      ],
    };
    const lines = Array.from({ length: 60 }, (_, n) =>
      event(
        n,
        Array.from({ length: 1 + (n % 4) }, (_unused, leg) => participant(`p${leg}`)),
        { id: `c${n % 5}`, version: n },
      ),
    );
    expect(await replayed(lines, { config })).to.deep.equal(await replayed(lines, { config }));
  });

  it('keeps the first faults and counts all', async () => {
    const { broken } = (await replayed(Array.from({ length: 150 }, () => ({ fault: 'not JSON' })))).totals;
    expect([broken.count, broken.first.length, broken.first.at(-1)?.line]).to.deep.equal([150, 100, 101]);
  });
});
