import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { KeptOutbox } from '../../src/intent/kept-outbox.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const times = { keepFinished: 10_000, keepDead: 20_000 };

describe('an outbox that is configured anew', () => {
  let clock: FakeClock;
  let outbox: KeptOutbox;

  const finished = async (state: 'confirmed' | 'dead', conversationId: string): Promise<string> => {
    const intent = await outbox.accept({ conversationId, participant: { id: 'p1' }, attributes: { a: '1' } });
    outbox.update(intent?.id ?? '', { state });
    return intent?.id ?? '';
  };
  const isKept = (id: string): boolean => outbox.get(id) !== undefined;

  beforeEach(() => {
    clock = new FakeClock();
    const base = { clock, deadlines: new Deadlines(clock), log: new RecordingLog() };
    outbox = new KeptOutbox({ ...base, ...times, maxBytes: 1024 ** 2, store: new MemoryStore() });
  });

  it('keeps what is finished as long as is said now, also where that is longer', async () => {
    const [done, dead] = [await finished('confirmed', 'c1'), await finished('dead', 'c2')];
    await clock.advance(5_000);
    outbox.configure({ keepFinished: 30_000, keepDead: 40_000 });
    await clock.advance(24_999);
    expect([isKept(done), isKept(dead)]).to.deep.equal([true, true]);
    await clock.advance(1);
    expect([isKept(done), isKept(dead)]).to.deep.equal([false, true]);
    await clock.advance(10_000);
    expect(outbox.size).to.equal(0);
  });

  it('lets go at once of what is finished for longer than that', async () => {
    const [done, dead] = [await finished('confirmed', 'c1'), await finished('dead', 'c2')];
    await clock.advance(5_000);
    outbox.configure({ keepFinished: 4_000, keepDead: 6_000 });
    await clock.advance(0);
    expect([isKept(done), isKept(dead)]).to.deep.equal([false, true]);
    await clock.advance(1_000);
    expect(isKept(dead)).to.equal(false);
  });

  it('leaves alone what is not finished, and sets no time anew where nothing is new', async () => {
    const intent = await outbox.accept({ conversationId: 'c1', participant: { id: 'p1' }, attributes: { a: '1' } });
    await finished('confirmed', 'c2');
    const { timers } = clock;
    outbox.configure(times);
    outbox.configure({ keepFinished: 1, keepDead: 1 });
    expect(clock.timers).to.equal(timers);
    await clock.advance(100_000);
    expect(outbox.open()).to.deep.equal([intent]);
    expect(outbox.size).to.equal(1);
  });
});
