import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { OutboxFull } from '../../../src/intent/outbox.js';
import { settled } from '../../support/fake-clock.js';
import { Bench, ended, participant, type ParticipantBody } from '../support/bench.js';

const customer = participant('p1');
const agent = participant('p2', 'agent');

describe('rules that fire once', () => {
  describe('conversation.started', () => {
    const rules = [{ name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } }] as const;

    it('fires when the conversation is seen for the first time, whatever its age, and writes to write.participant', async () => {
      const bench = new Bench({ rules });
      await bench.tell([agent, customer], { startTime: '2020-01-01T00:00:00Z' });
      expect(bench.wishes).to.have.length(1);
      expect(bench.wishes[0]).to.deep.include({
        rule: 'mark',
        conversationId: 'c1',
        participant: { id: 'p1' },
        attributes: { seen: 'yes' },
        firing: '["mark","c1"]',
      });
    });

    it('does not fire again, neither for duplicates nor for newer snapshots', async () => {
      const bench = new Bench({ rules });
      await bench.tell([customer]);
      expect(await bench.repeat()).to.equal('duplicate');
      await bench.tell([customer, agent]);
      await bench.tell([ended(customer), agent]);
      expect(bench.wishes).to.have.length(1);
    });

    it('fires for each conversation', async () => {
      const bench = new Bench({ rules });
      await bench.tell([customer]);
      await bench.tell([customer], { id: 'c2' });
      expect(bench.wishes.map(({ conversationId }) => conversationId)).to.deep.equal(['c1', 'c2']);
    });

    it('fires for a conversation that was read, without an event', async () => {
      const bench = new Bench({ rules: [{ name: 'mark', when: 'conversation.started', set: { event: 'event' } }] });
      bench.registry.learn({ id: 'c1', shape: 'B', participants: [{ id: 'p1', purpose: 'customer' }] });
      await settled();
      expect(bench.wished).to.deep.equal([{ event: '{"type":"conversation.started"}' }]);
    });

    it('does not fire again for a firing that the outbox knows, as after a restart', async () => {
      const bench = new Bench({ rules });
      await bench.outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: { seen: 'yes' }, firing: '["mark","c1"]' });
      await bench.tell([customer]);
      expect(bench.wishes).to.be.empty;
      expect(bench.log.of('intent.accepted')).to.be.empty;
    });

    it('waits until write.participant is there, and then fires once', async () => {
      const bench = new Bench({ rules });
      await bench.tell([agent]);
      expect(bench.outbox.open()).to.be.empty;
      await bench.tell([agent, customer]);
      await bench.tell([agent, customer]);
      expect(bench.wishes).to.have.length(1);
    });

    it('is evaluated once only, when what it waited for is there', async () => {
      const bench = new Bench({ rules: [{ ...rules[0], if: 'participant.userId' }] });
      await bench.tell([agent]);
      await bench.tell([agent, customer]);
      await bench.tell([agent, { ...customer, userId: 'u1' }]);
      expect(bench.wishes).to.be.empty;
    });

    it('waits no more when the call has ended without write.participant', async () => {
      const bench = new Bench({ rules });
      await bench.tell([ended(agent)]);
      await bench.tell([ended(agent), customer]);
      expect(bench.wishes).to.be.empty;
    });

    it('sees the moment and the event that it is evaluated on', async () => {
      const set = { type: 'event.type', topic: 'event.topicName', seen: '$count(conversation.participants)' };
      const bench = new Bench({ rules: [{ name: 'mark', when: 'conversation.started', set }] });
      await bench.tell([agent]);
      await bench.tell([agent, customer]);
      expect(bench.wished).to.deep.equal([{ type: 'conversation.started', topic: 'v2.users.u1.conversations', seen: '2' }]);
    });
  });

  it('let conversation.ended fire once, after the participants have ended', async () => {
    const rules = [
      { name: 'end', when: 'conversation.ended', set: { end: '"conversation"' } },
      { name: 'left', when: 'participant.ended', set: { end: 'participant.purpose' } },
    ] as const;
    const bench = new Bench({ rules });
    await bench.tell([customer, agent]);
    await bench.tell([ended(customer), agent]);
    await bench.tell([ended(customer), ended(agent)]);
    await bench.repeat();
    await bench.tell([ended(customer), ended(agent)]);
    expect(bench.wished).to.deep.equal([{ end: 'customer' }, { end: 'agent' }, { end: 'conversation' }]);
    expect(bench.wishes.map(({ firing }) => firing)).to.deep.equal(['["left","c1","p1"]', '["left","c1","p2"]', '["end","c1"]']);
  });

  it('fire all for a conversation that is over when it is seen first', async () => {
    const rules = [
      { name: 'start', when: 'conversation.started', set: { a: '"1"' } },
      { name: 'add', when: 'participant.added', set: { a: '"2"' } },
      { name: 'end', when: 'conversation.ended', set: { a: '"3"' } },
    ] as const;
    const bench = new Bench({ rules });
    await bench.tell([ended(customer)]);
    expect(bench.wished).to.deep.equal([{ a: '1' }, { a: '2' }, { a: '3' }]);
  });

  it('let participant.* rules see the participant added, and write to write.participant all the same', async () => {
    const bench = new Bench({
      rules: [{ name: 'who', when: 'participant.added', if: "participant.purpose = 'agent'", set: { agent: 'participant.userId' } }],
    });
    await bench.tell([customer]);
    await bench.tell([customer, participant('p2', 'agent', { userId: 'u7' })]);
    await bench.tell([customer, participant('p2', 'agent', { userId: 'u7' }), participant('p3', 'agent', { userId: 'u8' })]);
    expect(bench.wished).to.deep.equal([{ agent: 'u7' }, { agent: 'u8' }]);
    expect(bench.wishes.map((wish) => wish.participant)).to.deep.equal([{ id: 'p1' }, { id: 'p1' }]);
  });

  it('let a participant.added rule that waited see the participant of its own moment', async () => {
    const bench = new Bench({ rules: [{ name: 'who', when: 'participant.added', set: { purpose: 'participant.purpose' } }] });
    await bench.tell([participant('p8', 'ivr')]);
    await bench.tell([participant('p8', 'ivr'), agent]);
    await bench.tell([participant('p8', 'ivr'), agent, customer]);
    expect(bench.wished).to.deep.equal([{ purpose: 'ivr' }, { purpose: 'agent' }, { purpose: 'customer' }]);
  });

  it('write to the first of write.participant that is still connected, and show it to conversation.* rules', async () => {
    const bench = new Bench({
      participant: 'agent',
      rules: [{ name: 'who', when: 'conversation.started', set: { id: 'participant.id' } }],
    });
    await bench.tell([customer, ended(agent), participant('p3', 'agent'), participant('p4', 'agent')]);
    await bench.tell([ended(participant('p5', 'agent')), ended(participant('p6', 'agent')), customer], { id: 'c2' });
    expect(bench.wished).to.deep.equal([{ id: 'p3' }, { id: 'p5' }]);
    expect(bench.wishes.map((wish) => wish.participant)).to.deep.equal([{ id: 'p3' }, { id: 'p5' }]);
  });

  it('set nothing, and accept nothing, where the condition is not met or every value is undefined', async () => {
    const rules = [
      { name: 'never', when: 'conversation.started', if: 'false', set: { a: '1' } },
      { name: 'nothing', when: 'conversation.started', set: { a: 'participant.userId' } },
    ] as const;
    const bench = new Bench({ rules });
    await bench.tell([customer]);
    await bench.tell([{ ...customer, userId: 'u1' }]);
    expect(bench.outbox.open()).to.be.empty;
    expect(bench.wishes).to.be.empty;
  });

  it('are tried again on the next event when the outbox was full, also after the call has ended', async () => {
    const rules = [
      { name: 'start', when: 'conversation.started', set: { a: '"start"' } },
      { name: 'end', when: 'conversation.ended', set: { a: '"end"' } },
    ] as const;
    const bench = new Bench({ rules });
    const full = sinon.stub(bench.outbox, 'accept').rejects(new OutboxFull());
    await bench.tell([customer]);
    await bench.tell([ended(customer)]);
    expect(bench.log.of('rule.failed').map(({ rule }) => rule)).to.deep.equal(['start', 'start', 'end']);
    full.restore();
    expect(bench.wishes).to.be.empty;
    await bench.tell([{ ...ended(customer), queueId: 'q1' }]);
    await bench.tell([{ ...ended(customer), queueId: 'q2' }]);
    expect(bench.wished).to.deep.equal([{ a: 'start' }, { a: 'end' }]);
  });

  it('fire once for each participant, whatever events come and however often', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ shown: fc.subarray([0, 1, 2]), over: fc.subarray([0, 1, 2]), twice: fc.boolean() })),
        async (events) => {
          const rules = (['participant.added', 'participant.ended', 'conversation.started'] as const).map((when) => ({
            name: when,
            when,
            set: { key: `"${when}"` },
          }));
          const bench = new Bench({ rules });
          const gone = new Set<number>();
          for (const { shown, over, twice } of events) {
            for (const index of over) if (shown.includes(index)) gone.add(index);
            const bodies: ParticipantBody[] = shown.map((index) => {
              const body = participant(`p${index}`);
              return gone.has(index) ? ended(body) : body;
            });
            await bench.tell(bodies);
            if (twice) await bench.repeat();
          }
          const firings = bench.wishes.map(({ firing }) => firing);
          const seen = [0, 1, 2].filter((index) => events.some(({ shown }) => shown.includes(index)));
          expect(new Set(firings).size).to.equal(firings.length);
          expect(firings.filter((firing) => firing?.startsWith('["participant.added",'))).to.have.members(
            seen.map((index) => `["participant.added","c1","p${index}"]`),
          );
          expect(firings.filter((firing) => firing?.startsWith('["participant.ended",'))).to.have.members(
            [...gone].map((index) => `["participant.ended","c1","p${index}"]`),
          );
          expect(bench.log.of('rule.failed')).to.be.empty;
        },
      ),
      { numRuns: 60 },
    ));
});
