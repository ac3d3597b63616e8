import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import type { Intent, IntentRequest } from '../../src/intent/intent.js';
import { KeptOutbox } from '../../src/intent/kept-outbox.js';
import { OutboxFull } from '../../src/intent/outbox.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import { StoreFailed } from '../../src/intent/store/store.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const keepFinished = 3_600_000;
const keepDead = 24 * 3_600_000;
const request: IntentRequest = { conversationId: 'c1', participant: { id: 'p1' }, attributes: { a: '1' } };

describe('the outbox, of what comes back', () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let outbox: KeptOutbox;
  const open = (more = {}): KeptOutbox =>
    new KeptOutbox({
      clock,
      deadlines: new Deadlines(clock),
      log: new RecordingLog(),
      keepFinished,
      keepDead,
      maxBytes: 1024 ** 3,
      store,
      ...more,
    });

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryStore();
    outbox = open();
  });

  async function accept(more: Partial<IntentRequest> = {}): Promise<Intent> {
    const intent = await outbox.accept({ ...request, ...more });
    if (intent === undefined) throw new Error('it was taken for a repetition');
    return intent;
  }

  const end = async (state: 'confirmed' | 'dead'): Promise<Intent> => {
    const intent = await accept();
    outbox.update(intent.id, { state });
    return intent;
  };

  it('opens a finished intent again, with time of its own, and on disk', async () => {
    const { id, acceptedAt } = await end('confirmed');
    await clock.advance(1_000);
    const reason = { what: 'overwritten', keys: ['a'] };
    outbox.reopen({ ...request, id, sequence: 1, acceptedAt, state: 'confirmed', attempts: 1 }, { reason, reasserted: { a: 1 } });
    const again = { state: 'waiting', finishedAt: undefined, reopenedAt: acceptedAt + 1_000, acceptedAt, reason, reasserted: { a: 1 } };
    expect(outbox.get(id)).to.deep.include(again);
    expect([outbox.pending, outbox.size]).to.deep.equal([1, 1]);
    await settled();
    expect(open().get(id)).to.deep.include(again);
    // the time at which it would have been forgotten passes
    await clock.advance(keepFinished * 2);
    expect(outbox.get(id)?.state).to.equal('waiting');
    outbox.update(id, { state: 'confirmed' });
    await clock.advance(keepFinished - 1);
    expect(outbox.get(id)?.state).to.equal('confirmed');
    await clock.advance(1);
    expect([outbox.get(id), outbox.size, outbox.bytes, outbox.pending]).to.deep.equal([undefined, 0, 0, 0]);
  });

  it('opens one that it has forgotten', async () => {
    const intent = await end('confirmed');
    await clock.advance(keepFinished);
    expect(outbox.get(intent.id)).to.equal(undefined);
    outbox.reopen(intent, { reason: { what: 'overwritten' }, reasserted: { a: 1 } });
    expect(outbox.open().map(({ id }) => id)).to.deep.equal([intent.id]);
    expect(outbox.of('c1')).to.have.length(1);
  });

  it('leaves an open intent counted once when it is opened again', async () => {
    const intent = await accept();
    outbox.update(intent.id, { state: 'applied' });
    outbox.reopen(intent, { reason: { what: 'overwritten' }, reasserted: undefined });
    expect(outbox.pending).to.equal(1);
    outbox.update(intent.id, { state: 'confirmed' });
    expect(outbox.pending).to.equal(0);
  });

  it('finishes an intent in a state that is no end, if nothing more will be done for it', async () => {
    const { id } = await accept();
    outbox.update(id, { state: 'applied' });
    outbox.update(id, { finished: true });
    expect(outbox.get(id)).to.include({ state: 'applied', finishedAt: clock.wall() });
    expect(outbox.pending).to.equal(0);
    await clock.advance(keepFinished);
    expect(outbox.get(id)).to.equal(undefined);
  });

  it('tells the intents of a conversation, and the dead letters, in order of acceptance', async () => {
    const [first, other, last] = [await end('dead'), await accept({ conversationId: 'c2' }), await end('dead')];
    outbox.reopen(first, { reason: undefined, reasserted: undefined });
    outbox.update(first.id, { state: 'dead' });
    expect(outbox.of('c1').map(({ id }) => id)).to.deep.equal([first.id, last.id]);
    expect(outbox.of('c2').map(({ id }) => id)).to.deep.equal([other.id]);
    expect(outbox.of('nowhere')).to.be.empty;
    expect(outbox.dead().map(({ id }) => id)).to.deep.equal([first.id, last.id]);
  });

  it('accepts a dead letter anew, as the newest wish, with what is left of it and with time to try again', async () => {
    const { id } = await end('dead');
    await accept();
    await clock.advance(1_000);
    const again = await outbox.retry(id, { b: '2' });
    expect(again).to.deep.include({
      id,
      state: 'accepted',
      sequence: 3,
      attributes: { b: '2' },
      acceptedAt: clock.wall(),
      finishedAt: undefined,
      reasserted: undefined,
      reopenedAt: undefined,
    });
    expect([outbox.pending, outbox.size]).to.deep.equal([2, 2]);
    expect(store.all().find((kept) => kept.id === id)?.state).to.equal('accepted');
    await clock.advance(keepDead * 2);
    expect(outbox.get(id)?.state).to.equal('accepted');
  });

  it('accepts a dead letter anew only once, however many ask at once', async () => {
    const { id } = await end('dead');
    const answers = await Promise.all([outbox.retry(id, { a: '1' }), outbox.retry(id, { a: '1' })]);
    expect(answers.map((intent) => intent?.id)).to.deep.equal([id, undefined]);
    expect(outbox.discard(id)).to.equal(false);
    expect([outbox.pending, outbox.size]).to.deep.equal([1, 1]);
    outbox.update(id, { state: 'confirmed' });
    await clock.advance(keepFinished);
    expect([outbox.size, outbox.bytes, outbox.pending]).to.deep.equal([0, 0, 0]);
  });

  it('has it as a dead letter still if it cannot be kept', async () => {
    const { id } = await end('dead');
    store.put = () => Promise.reject(new StoreFailed('the disk is full'));
    expect(await outbox.retry(id, { a: '1' }).catch((error: unknown) => error)).to.be.instanceOf(OutboxFull);
    expect(outbox.get(id)?.state).to.equal('dead');
    expect([outbox.pending, outbox.size]).to.deep.equal([0, 1]);
  });

  it('has it as a dead letter still if the outbox is full', async () => {
    outbox = open({ mostOpen: 1 });
    const { id } = await end('dead');
    await accept();
    expect(await outbox.retry(id, { a: '1' }).catch((error: unknown) => error)).to.be.instanceOf(OutboxFull);
    expect(outbox.get(id)?.state).to.equal('dead');
  });

  it('neither retries nor discards what is no dead letter', async () => {
    const { id } = await end('confirmed');
    expect(await outbox.retry(id, { a: '1' })).to.equal(undefined);
    expect(await outbox.retry('nobody', { a: '1' })).to.equal(undefined);
    expect([outbox.discard(id), outbox.discard('nobody')]).to.deep.equal([false, false]);
    expect(outbox.get(id)?.state).to.equal('confirmed');
  });

  it('forgets a dead letter that is discarded, on disk too', async () => {
    const { id } = await end('dead');
    expect(outbox.discard(id)).to.equal(true);
    await settled();
    expect([outbox.get(id), store.all(), outbox.bytes]).to.deep.equal([undefined, [], 0]);
    expect(outbox.discard(id)).to.equal(false);
  });

  it('keeps an intent that is newer than a dead letter of its conversation as long as that one, and no longer', async () => {
    const older = await end('confirmed');
    const dead = await end('dead');
    const newer = await end('confirmed');
    await clock.advance(keepFinished);
    expect([outbox.get(older.id), outbox.get(newer.id)?.state]).to.deep.equal([undefined, 'confirmed']);
    outbox = open();
    await clock.advance(keepFinished * 3);
    expect(outbox.get(newer.id)?.state).to.equal('confirmed');
    outbox.discard(dead.id);
    await clock.advance(keepFinished);
    expect(outbox.get(newer.id)).to.equal(undefined);
  });
});
