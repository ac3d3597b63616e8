import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { open } from 'lmdb';
import type { Intent } from '../../../src/intent/intent.js';
import { LmdbStore } from '../../../src/intent/store/lmdb-store.js';
import { systemClock } from '../../../src/base/clock.js';
import { MemoryStore } from '../../../src/intent/store/memory-store.js';
import { TimedStore } from '../../../src/intent/store/timed-store.js';
import { StoreHeld, StoreTooNew, StoreUnusable, type IntentStore } from '../../../src/intent/store/store.js';

const intent = (id: string, sequence: number, more: Partial<Intent> = {}): Intent => ({
  id,
  sequence,
  conversationId: 'c',
  participant: { purpose: 'customer' },
  attributes: { 'clé "x"': 'wert\n' },
  rule: 'r',
  firing: 'r/c/',
  acceptedAt: 1_000,
  state: 'accepted',
  attempts: 0,
  ...more,
});

/** What a call that must fail fails with. */
const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );

let dir = '';
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'outbox-'))));
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

for (const [name, openStore] of [
  ['in memory', () => Promise.resolve(new MemoryStore())],
  ['in memory, timed', () => Promise.resolve(new TimedStore(new MemoryStore(), systemClock))],
  ['in LMDB', () => LmdbStore.open(dir)],
] as [string, () => Promise<IntentStore>][]) {
  describe(`a store of intents ${name}`, () => {
    let store: IntentStore;
    beforeEach(async () => {
      store = await openStore();
    });
    afterEach(() => store.close());

    it('gives back what it was given, whole, in order of acceptance', async () => {
      await store.put(intent('b', 2));
      await store.put(intent('a', 10));
      await store.put(intent('c', 1, { attributes: undefined, reason: { what: 'why', status: 403 } }));
      const kept = JSON.parse(JSON.stringify(store.all())) as unknown;
      const expected = [intent('c', 1, { attributes: undefined, reason: { what: 'why', status: 403 } }), intent('b', 2), intent('a', 10)];
      expect(kept).to.deep.equal(JSON.parse(JSON.stringify(expected)));
    });

    it('keeps the last of what it was given for an id', async () => {
      await store.put(intent('a', 1));
      await store.put(intent('a', 1, { state: 'dead' }));
      expect(store.all().map(({ state }) => state)).to.deep.equal(['dead']);
    });

    it('keeps what it was given, whatever becomes of the object afterwards', async () => {
      const given = intent('a', 1);
      await store.put(given);
      given.state = 'dead';
      expect(store.all().map(({ state }) => state)).to.deep.equal(['accepted']);
    });

    it('forgets what it is told to, and ignores ids that it does not know', async () => {
      await store.put(intent('a', 1));
      await store.delete('a');
      await store.delete('nobody');
      expect(store.all()).to.be.empty;
    });
  });
}

describe('the store in LMDB', () => {
  it('has all of it again after it was closed', async () => {
    const first = await LmdbStore.open(dir);
    for (let sequence = 0; sequence < 20; sequence += 1) await first.put(intent(`i${sequence}`, sequence));
    await first.close();
    const again = await LmdbStore.open(dir);
    expect(again.all()).to.have.length(20);
    await again.close();
  });

  it('is readable by nobody else', async () => {
    const nested = join(dir, 'made', 'for it');
    const store = await LmdbStore.open(nested);
    expect(statSync(nested).mode & 0o777).to.equal(0o700);
    for (const file of ['intents.mdb', 'intents.mdb-lock']) expect(statSync(join(nested, file)).mode & 0o077).to.equal(0);
    await store.close();
  });

  it('is held by one at a time, and free again when that one has closed it', async () => {
    const first = await LmdbStore.open(dir);
    expect(await refusal(LmdbStore.open(dir)))
      .to.be.instanceOf(StoreHeld)
      .and.have.property('message')
      .that.contains('give this one an outbox.dir of its own');
    await first.close();
    await (await LmdbStore.open(dir)).close();
  });

  it('is taken over from a process that was killed', async () => {
    // whoever is killed leaves its socket behind
    const code = `require('node:net').createServer().listen(${JSON.stringify(join(dir, 'lock.sock'))}, () => console.log('held'))`;
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(await refusal(LmdbStore.open(dir))).to.be.instanceOf(StoreHeld);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(dir, 'lock.sock'))).to.equal(true);
    await (await LmdbStore.open(dir)).close();
  });

  it('refuses a format that is newer than it knows, and names the remedy', async () => {
    await (await LmdbStore.open(dir)).close();
    const root = open<unknown, string>({ path: join(dir, 'intents.mdb'), encoding: 'json', maxDbs: 2 });
    await root.put('format', 2);
    await root.close();
    const error = await refusal(LmdbStore.open(dir));
    expect(error).to.be.instanceOf(StoreTooNew);
    expect(String(error)).to.contain('has format 2, this version knows 1');
  });

  for (const [what, spoil] of [
    [
      'a file that is no LMDB file',
      () => {
        writeFileSync(join(dir, 'intents.mdb'), 'garbage'.repeat(2_000));
      },
    ],
    [
      'a file of whole pages that is no LMDB file',
      () => {
        writeFileSync(join(dir, 'intents.mdb'), Buffer.alloc(8_192, 7));
      },
    ],
    [
      'a file that was cut',
      () => {
        truncateSync(join(dir, 'intents.mdb'), 5_000);
      },
    ],
    [
      'a directory in its place',
      () => {
        rmSync(join(dir, 'intents.mdb'));
        mkdirSync(join(dir, 'intents.mdb'));
      },
    ],
  ] as [string, () => void][]) {
    it(`refuses ${what}, says what to do, and lets go of the lock`, async () => {
      await (await LmdbStore.open(dir)).close();
      spoil();
      const error = await refusal(LmdbStore.open(dir));
      expect(error).to.be.instanceOf(StoreUnusable);
      expect(String(error)).to.contain('move a damaged intents.mdb away, or set outbox.dir');
      expect(existsSync(join(dir, 'lock.sock'))).to.equal(false);
    });
  }

  it('refuses a directory that cannot be made, and one whose path no socket can have', async () => {
    writeFileSync(join(dir, 'file'), '');
    chmodSync(join(dir, 'file'), 0o400);
    expect(await refusal(LmdbStore.open(join(dir, 'file', 'below')))).to.be.instanceOf(StoreUnusable);
    expect(String(await refusal(LmdbStore.open(join(dir, 'x'.repeat(100)))))).to.contain('too long for the socket in it');
  });
});
