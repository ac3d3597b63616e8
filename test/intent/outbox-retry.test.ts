import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { KeptOutbox } from '../../src/intent/kept-outbox.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

describe('a dead letter in the outbox', () => {
  let store: MemoryStore;
  let outbox: KeptOutbox;
  let id: string;

  beforeEach(async () => {
    const clock = new FakeClock();
    store = new MemoryStore();
    const limits = { keepFinished: 3_600_000, keepDead: 30 * 86_400_000, maxBytes: 1024 ** 3 };
    outbox = new KeptOutbox({ clock, deadlines: new Deadlines(clock), log: new RecordingLog(), store, ...limits });
    const intent = await outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: { a: '1', b: '2' } });
    id = intent?.id ?? '';
    outbox.update(id, { state: 'dead', reason: { what: 'refused' } });
  });

  it('is accepted anew with what is left of it, as the newest, and is on disk by then', async () => {
    const again = await outbox.retry(id, { b: '2' });
    expect(again).to.deep.include({ id, state: 'accepted', sequence: 2, attributes: { b: '2' } });
    expect(store.all()).to.deep.equal([again]);
    expect([outbox.pending, outbox.size, outbox.dead().length]).to.deep.equal([1, 1, 0]);
  });

  it('is retried once, though it is asked for twice before it is on disk', async () => {
    const answers = await Promise.all([outbox.retry(id, { a: '1' }), outbox.retry(id, { a: '1' })]);
    expect(answers.filter((intent) => intent !== undefined)).to.have.length(1);
    expect([outbox.pending, outbox.size]).to.deep.equal([1, 1]);
    outbox.update(id, { state: 'confirmed' });
    expect(outbox.pending).to.equal(0);
  });

  it('is not dropped while it is being retried', async () => {
    const retrying = outbox.retry(id, { a: '1' });
    expect(outbox.discard(id)).to.equal(false);
    await retrying;
    expect(store.all()).to.have.length(1);
    expect(outbox.discard(id)).to.equal(false);
  });

  it('can be retried again where the disk failed', async () => {
    const put = store.put.bind(store);
    store.put = () => Promise.reject(new Error('the disk is full'));
    expect(String(await outbox.retry(id, { a: '1' }).catch((error: unknown) => error))).to.contain('the disk is full');
    expect(outbox.dead()).to.have.length(1);
    store.put = put;
    expect(await outbox.retry(id, { a: '1' })).not.to.equal(undefined);
  });
});
