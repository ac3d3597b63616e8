import { expect } from 'chai';
import fc from 'fast-check';
import { Deadlines } from '../../src/base/deadlines.js';
import { isFinished, type Intent, type IntentRequest, type IntentState } from '../../src/intent/intent.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import { StoreFailed } from '../../src/intent/store/store.js';
import { KeptOutbox } from '../../src/intent/kept-outbox.js';
import { OutboxFull } from '../../src/intent/outbox.js';
import { FakeClock, settled } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

const keepFinished = 3_600_000;
const states = ['accepted', 'waiting', 'sent', 'applied', 'confirmed', 'satisfied', 'superseded', 'dead'] as const;
const finished = ['confirmed', 'satisfied', 'superseded', 'dead'] as const;
const request: IntentRequest = { conversationId: 'c1', participant: { id: 'p1' }, attributes: { a: '1' } };

describe('the outbox', () => {
  let clock: FakeClock;
  let log: RecordingLog;
  let outbox: KeptOutbox;

  let store: MemoryStore;

  const open = (limits: { maxBytes?: number; mostOpen?: number } = {}): void => {
    clock = new FakeClock();
    log = new RecordingLog();
    store = new MemoryStore();
    outbox = new KeptOutbox({
      clock,
      deadlines: new Deadlines(clock),
      log,
      keepFinished,
      keepDead: 30 * 86_400_000,
      maxBytes: 1024 ** 3,
      store,
      ...limits,
    });
  };
  beforeEach(() => {
    open();
  });

  async function accept(more: Partial<IntentRequest> = {}): Promise<Intent> {
    const intent = await outbox.accept({ ...request, ...more });
    if (intent === undefined) throw new Error('it was taken for a repetition');
    return intent;
  }

  it('survives the process as its store does', () => {
    expect(outbox.durable).to.equal(false);
    expect(outbox.trouble).to.equal(undefined);
  });

  it('gives each intent an id, its place in the order and the time', async () => {
    const first = await accept();
    await clock.advance(5);
    const second = await accept({ rule: 'r' });
    expect(first).to.deep.include({ ...request, state: 'accepted', attempts: 0, sequence: 1, acceptedAt: clock.wall() - 5 });
    expect(second).to.deep.include({ rule: 'r', sequence: 2, acceptedAt: clock.wall() });
    expect(first.id)
      .to.match(/^[0-9a-f-]{36}$/)
      .and.not.equal(second.id);
    expect(outbox.get(first.id)).to.equal(first);
    expect(outbox.open()).to.deep.equal([first, second]);
  });

  it('records how far an intent has come', async () => {
    const { id } = await accept({ attributes: undefined });
    outbox.update(id, { attributes: { b: '2' } });
    expect(outbox.get(id)).to.deep.include({ state: 'accepted', attributes: { b: '2' } });
    outbox.update(id, { state: 'sent', attempts: 3 });
    outbox.update(id, { state: 'dead', reason: { what: 'refused', status: 403 } });
    expect(outbox.get(id)).to.deep.include({ state: 'dead', attempts: 3, reason: { what: 'refused', status: 403 } });
    expect(outbox.open()).to.be.empty;
  });

  it('ignores ids that it does not know', () => {
    outbox.update('nobody', { state: 'dead' });
    expect(outbox.get('nobody')).to.equal(undefined);
  });

  it('never revives a finished intent, nor changes anything in it, whatever is told of it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ state: fc.option(fc.constantFrom(...states)), attempts: fc.nat(9), reason: fc.string() })),
        async (changes) => {
          open();
          const { id } = await accept();
          let end: unknown;
          for (const { state, attempts, reason } of changes) {
            outbox.update(id, { ...(state === null ? {} : { state }), attempts, reason: { what: reason } });
            const now = structuredClone(outbox.get(id));
            if (end !== undefined) expect(now).to.deep.equal(end);
            else if (now !== undefined && isFinished(now)) end = now;
            expect(outbox.open()).to.have.length(end === undefined ? 1 : 0);
          }
        },
      ),
    ));

  describe('a firing', () => {
    it('is accepted once, from its acceptance on', async () => {
      await accept({ firing: 'f' });
      expect(await outbox.accept({ ...request, firing: 'f' })).to.equal(undefined);
      expect(await outbox.accept({ ...request, firing: 'g' })).not.to.equal(undefined);
      expect(outbox.open()).to.have.length(2);
    });

    it('is remembered as long as its finished intent, and forgotten with it', async () => {
      const { id } = await accept({ firing: 'f' });
      outbox.update(id, { state: 'confirmed' });
      await clock.advance(keepFinished - 1);
      expect(await outbox.accept({ ...request, firing: 'f' })).to.equal(undefined);
      await clock.advance(1);
      expect(await outbox.accept({ ...request, firing: 'f' })).not.to.equal(undefined);
    });

    it('is remembered for as long as its intent is not finished', async () => {
      await accept({ firing: 'f' });
      await clock.advance(keepFinished * 10);
      expect(await outbox.accept({ ...request, firing: 'f' })).to.equal(undefined);
    });
  });

  for (const state of finished.filter((each) => each !== 'dead'))
    it(`forgets an intent keepFinished after it was ${state}, and no other`, async () => {
      const { id } = await accept();
      const other = await accept();
      await clock.advance(keepFinished);
      expect(outbox.get(id)).not.to.equal(undefined);
      outbox.update(id, { state });
      await clock.advance(keepFinished - 1);
      expect(outbox.get(id)?.state).to.equal(state);
      await clock.advance(1);
      expect(outbox.get(id)).to.equal(undefined);
      expect(outbox.get(other.id)).not.to.equal(undefined);
      expect(clock.timers).to.equal(0);
    });

  it('keeps dead letters as long as keepDead says', async () => {
    const { id } = await accept();
    outbox.update(id, { state: 'dead', reason: { what: 'why' } });
    await clock.advance(30 * 86_400_000 - 1);
    expect(outbox.get(id)?.state).to.equal('dead');
    await clock.advance(1);
    expect(outbox.get(id)).to.equal(undefined);
    expect(store.all()).to.be.empty;
  });

  it('lets finished intents make room for new ones, but no dead letters and no open ones', async () => {
    open({ maxBytes: 1_000 });
    const [first, dead, ...others] = [await accept(), await accept(), await accept(), await accept()];
    outbox.update(dead.id, { state: 'dead' });
    while (outbox.trouble === undefined) others.push(await accept());
    expect(await outbox.accept(request).catch((error: unknown) => error)).to.be.instanceOf(OutboxFull);
    outbox.update(first.id, { state: 'confirmed' });
    const last = await accept();
    expect(outbox.get(first.id)).to.equal(undefined);
    for (const { id } of [dead, ...others, last]) expect(outbox.get(id)).not.to.equal(undefined);
    await clock.advance(keepFinished);
    expect(outbox.bytes).to.be.greaterThan(0);
  });

  describe('on a store that outlives it', () => {
    const again = (): KeptOutbox =>
      new KeptOutbox({ clock, deadlines: new Deadlines(clock), log, keepFinished, keepDead: 30 * 86_400_000, maxBytes: 1024 ** 3, store });

    it('has its intents again, with their order, their firings and what is known of them', async () => {
      const open_ = await accept({ attributes: undefined, firing: 'f' });
      const { id } = await accept();
      outbox.update(open_.id, { attributes: { b: '2' } });
      outbox.update(id, { state: 'dead', attempts: 2, reason: { what: 'why' } });
      await settled();
      const next = again();
      expect(next.open().map((intent) => [intent.id, intent.attributes])).to.deep.equal([[open_.id, { b: '2' }]]);
      expect(next.get(id)).to.deep.include({ state: 'dead', attempts: 2, reason: { what: 'why' } });
      expect(await next.accept({ ...request, firing: 'f' })).to.equal(undefined);
      expect((await next.accept(request))?.sequence).to.equal(3);
      expect(next.bytes).to.be.greaterThan(outbox.bytes);
    });

    it('forgets finished ones when their time has come, counted from their end', async () => {
      const { id } = await accept();
      outbox.update(id, { state: 'confirmed' });
      await clock.advance(keepFinished - 10);
      const next = again();
      expect(next.get(id)?.state).to.equal('confirmed');
      await clock.advance(10);
      expect(next.get(id)).to.equal(undefined);
    });

    it('evaluates again what had been sent but not answered', async () => {
      const { id } = await accept();
      outbox.update(id, { state: 'sent' });
      await settled();
      expect(
        again()
          .open()
          .map(({ id: open_, state }) => [open_, state]),
      ).to.deep.equal([[id, 'accepted']]);
    });
  });

  describe('on a store that fails', () => {
    let broken: string | undefined;
    beforeEach(() => {
      broken = 'the disk is full';
      const put = store.put.bind(store);
      store.put = (intent) => (broken === undefined ? put(intent) : Promise.reject(new StoreFailed(broken)));
    });

    it('accepts nothing and says why, until a write succeeds', async () => {
      const error = await outbox.accept({ ...request, firing: 'f' }).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(OutboxFull);
      expect(String(error)).to.contain('the disk is full: nothing was accepted');
      expect(outbox.trouble).to.equal('the disk is full');
      expect(outbox.open()).to.be.empty;
      broken = undefined;
      expect(await outbox.accept({ ...request, firing: 'f' })).not.to.equal(undefined);
      expect(outbox.trouble).to.equal(undefined);
    });

    it('tells once that it could not record how far an intent has come', async () => {
      broken = undefined;
      const { id } = await accept();
      broken = 'the disk is full';
      outbox.update(id, { attributes: { b: '2' } });
      outbox.update(id, { state: 'confirmed' });
      await settled();
      expect(log.of('outbox.failed')).to.deep.equal([{ error: 'the disk is full' }]);
      expect(outbox.trouble).to.equal('the disk is full');
      broken = undefined;
      await accept();
      expect(outbox.trouble).to.equal(undefined);
    });

    it('tells that it could not forget one either', async () => {
      broken = undefined;
      const { id } = await accept();
      outbox.update(id, { state: 'confirmed' });
      store.delete = () => Promise.reject(new StoreFailed('gone'));
      await clock.advance(keepFinished);
      expect(outbox.trouble).to.equal('gone');
    });
  });

  describe('when it is full', () => {
    let first: Intent;

    beforeEach(async () => {
      open({ mostOpen: 5 });
      first = await accept({ firing: 'known' });
      while (outbox.trouble === undefined) await accept();
    });

    it('refuses, and tells so once', async () => {
      const errors = await Promise.all([1, 2].map(() => outbox.accept(request).catch((error: unknown) => error)));
      for (const error of errors) expect(error).to.be.instanceOf(OutboxFull).and.include({ code: 'outbox.full', retry: 'after' });
      expect(log.of('outbox.full')).to.deep.equal([{ intents: 5, bytes: outbox.bytes }]);
    });

    it('still knows a firing that it has accepted', async () => {
      expect(await outbox.accept({ ...request, firing: 'known' })).to.equal(undefined);
    });

    it('does not take a firing that it refused for an accepted one', async () => {
      await outbox.accept({ ...request, firing: 'new' }).catch(() => undefined);
      outbox.update(first.id, { state: 'confirmed' });
      expect(await outbox.accept({ ...request, firing: 'new' })).not.to.equal(undefined);
    });

    it('takes intents again once one is finished, and tells it anew when it is full again', async () => {
      await outbox.accept(request).catch(() => undefined);
      outbox.update(first.id, { state: 'confirmed' });
      expect(outbox.trouble).to.equal(undefined);
      await accept();
      expect(outbox.trouble).to.equal('the outbox is full');
      await outbox.accept(request).catch(() => undefined);
      expect(log.of('outbox.full')).to.have.length(2);
    });
  });

  describe('asked when an intent has reached a state', () => {
    interface Watch {
      intent?: Intent | undefined;
      done: boolean;
    }

    function watch(id: string, wanted: readonly IntentState[] = ['confirmed'], ms = 5_000): Watch {
      const seen: Watch = { done: false };
      void outbox.reached(id, wanted, ms).then((intent) => Object.assign(seen, { intent, done: true }));
      return seen;
    }

    it('answers as soon as it is reached, and leaves no timer behind', async () => {
      const { id } = await accept();
      const seen = watch(id, ['sent']);
      outbox.update(id, { state: 'waiting' });
      await settled();
      expect(seen.done).to.equal(false);
      outbox.update(id, { state: 'sent' });
      await settled();
      expect(seen).to.deep.include({ done: true });
      expect(seen.intent?.state).to.equal('sent');
      await clock.advance(5_000);
      expect(clock.timers).to.equal(0);
    });

    it('answers at once where it is reached already', async () => {
      const { id } = await accept();
      const seen = watch(id, ['accepted']);
      await settled();
      expect(seen.intent?.state).to.equal('accepted');
    });

    for (const state of finished)
      it(`answers when it is ${state} instead, as nothing more will come`, async () => {
        const { id } = await accept();
        const seen = watch(id, []);
        outbox.update(id, { state });
        await settled();
        expect(seen.intent?.state).to.equal(state);
      });

    it('answers with the state so far when the time is over', async () => {
      const { id } = await accept();
      const seen = watch(id);
      outbox.update(id, { state: 'waiting' });
      await clock.advance(4_999);
      expect(seen.done).to.equal(false);
      await clock.advance(1);
      expect(seen.intent?.state).to.equal('waiting');
      outbox.update(id, { state: 'confirmed' });
    });

    it('answers with nothing for an intent that it does not know', async () => {
      const seen = watch('nobody');
      await settled();
      expect(seen).to.deep.equal({ done: true, intent: undefined });
    });

    it('does not forget who asks later when the time of an earlier one, long answered, is over', async () => {
      const { id } = await accept();
      const earlier = watch(id, ['sent'], 5_000);
      outbox.update(id, { state: 'sent' });
      await settled();
      expect(earlier.done).to.equal(true);
      const later = watch(id, ['applied'], 10_000);
      await clock.advance(5_000);
      outbox.update(id, { state: 'confirmed' });
      await settled();
      expect(later.done).to.equal(true);
    });

    it('answers everybody who asked, each in time', async () => {
      const { id } = await accept();
      const [soon, sent, applied] = [watch(id, ['applied'], 10), watch(id, ['sent']), watch(id)];
      await clock.advance(10);
      expect([soon.done, sent.done, applied.done]).to.deep.equal([true, false, false]);
      outbox.update(id, { state: 'sent' });
      await settled();
      expect([sent.done, applied.done]).to.deep.equal([true, false]);
      outbox.update(id, { state: 'confirmed' });
      await settled();
      expect(applied.done).to.equal(true);
    });
  });
});
