import { expect } from 'chai';
import { Subject, type Subscription } from 'rxjs';
import sinon from 'sinon';
import { deferred } from '../../../src/base/deferred.js';
import type { Change } from '../../../src/conversation/registry.js';
import { settled } from '../../support/fake-clock.js';
import { Bench, ended, forgetAfter, participant } from '../support/bench.js';

const customer = participant('p1');
const follow = { name: 'follow', when: 'conversation.updated', set: { queue: 'participant.queueId' } } as const;
const mark = { name: 'mark', when: 'conversation.started', set: { seen: '"yes"' } } as const;

describe('the rule engine', () => {
  it('runs the rules of a moment in the order of the config, and moments in their own order', async () => {
    const rule = (name: string, when: 'conversation.started' | 'conversation.updated' | 'participant.added') =>
      ({ name, when, set: { by: `"${name}"` } }) as const;
    const rules = [rule('u1', 'conversation.updated'), rule('a1', 'participant.added'), rule('s1', 'conversation.started')];
    const bench = new Bench({ rules: [...rules, rule('s2', 'conversation.started')] });
    await bench.tell([customer]);
    expect(bench.wishes.map((wish) => wish.rule)).to.deep.equal(['s1', 's2', 'a1', 'u1']);
  });

  it('does not look at a later event before it is done with the one before', async () => {
    const bench = new Bench({ rules: [follow] });
    const disk = deferred<undefined>();
    const accept = bench.outbox.accept.bind(bench.outbox);
    const slow = sinon.stub(bench.outbox, 'accept').callsFake(async (request) => {
      await disk.promise;
      return accept(request);
    });
    await bench.tell([{ ...customer, queueId: 'q1' }]);
    await bench.tell([{ ...customer, queueId: 'q2' }]);
    expect(slow.callCount).to.equal(1);
    expect(bench.conversation().dirty, 'it is kept while rules work on it').to.equal(true);
    await bench.tell([{ ...customer, queueId: 'q3' }], { id: 'c2' });
    expect(slow.callCount, 'another conversation does not wait').to.equal(2);
    disk.resolve(undefined);
    await settled();
    const ofFirst = bench.wishes.filter(({ conversationId }) => conversationId === 'c1');
    expect(ofFirst.map(({ attributes }) => attributes['queue'])).to.deep.equal(['q1', 'q2']);
    expect(bench.conversation().dirty).to.equal(false);
  });

  it('keeps nothing of a conversation whose stream has completed', async () => {
    const waits = { name: 'agent', when: 'conversation.started', if: 'true', lookup: 'never', set: { a: '1' } } as const;
    const bench = new Bench({ rules: [follow, waits], lookups: { never: 'http://crm/{dnis}' } });
    const over = [ended({ ...customer, queueId: 'q1' })];
    await bench.tell([{ ...customer, queueId: 'q1' }]);
    await bench.tell(over);
    const conversation = bench.conversation();
    expect(conversation.stream.observed).to.equal(true);
    await bench.clock.advance(forgetAfter + 1);
    expect(bench.registry.size).to.equal(0);
    expect(conversation.stream.observed).to.equal(false);
    // the same id again is another conversation: what was wished and what waited is forgotten
    bench.registry.learn({ id: 'c1', shape: 'B', participants: [{ id: 'p1', purpose: 'customer', queueId: 'q1' }] });
    await settled();
    expect(bench.wished).to.deep.equal([{ queue: 'q1' }, { queue: 'q1' }]);
  });

  it('subscribes to each conversation once, however many events come', async () => {
    const bench = new Bench({ rules: [follow] });
    await bench.tell([customer]);
    const subscribe = sinon.spy(bench.conversation().stream, 'subscribe');
    for (let index = 0; index < 5; index += 1) await bench.tell([customer]);
    expect(subscribe.callCount).to.equal(0);
  });

  it('holds nothing and remembers nothing where there are no rules', async () => {
    const bench = new Bench({ rules: [] });
    await bench.tell([customer]);
    expect(bench.conversation().stream.observed).to.equal(false);
    expect(bench.conversation().dirty).to.equal(false);
  });

  describe('on changes that a test hands in', () => {
    let changes: Subject<Change>;
    let change: Change;
    let seen: unknown[];
    let subscription: Subscription;

    beforeEach(async () => {
      const bench = new Bench({ rules: [] });
      await bench.tell([customer]);
      const conversation = bench.conversation();
      changes = new Subject();
      change = { conversation, previous: undefined, snapshot: conversation.snapshot, event: undefined };
      seen = [];
      const engine = bench.engineOf(new Bench({ rules: [mark] }).rules);
      engine.wishes.subscribe(({ attributes }) => seen.push(attributes));
      subscription = engine.listen(changes);
    });

    it('fires once for a start that comes twice: the outbox knows the firing', async () => {
      changes.next(change);
      changes.next(change);
      await settled();
      expect(seen).to.deep.equal([{ seen: 'yes' }]);
    });

    it('sees nothing more after it was unsubscribed', async () => {
      subscription.unsubscribe();
      expect(changes.observed).to.equal(false);
      changes.next(change);
      await settled();
      expect(seen).to.be.empty;
    });

    it('lets nobody put wishes in from outside', () => {
      const { engine } = new Bench({ rules: [mark] });
      expect(engine.wishes).not.to.have.property('next');
    });
  });
});
