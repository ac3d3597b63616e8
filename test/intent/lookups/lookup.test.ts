import { expect } from 'chai';
import type { LookupConfig } from '../../../src/config/schema.js';
import { Lookup, LookupFailed } from '../../../src/intent/lookups/lookup.js';
import { FakeClock, settled } from '../../support/fake-clock.js';
import { lookupConfig } from '../support/bench.js';
import { answer, FakeCrm } from '../support/fake-crm.js';
import { unread } from '../../support/metrics.js';

const url = 'http://crm/1';
const gold = { found: true, value: { tier: 'gold' } };
const silver = { found: true, value: { tier: 'silver' } };

describe('a lookup', () => {
  let clock: FakeClock;
  let crm: FakeCrm;
  let lookup: Lookup;

  const open = (config: Partial<LookupConfig> = {}, headers: Record<string, string> = {}): Lookup =>
    new Lookup('crm', lookupConfig('http://crm/{id}', config), { exchange: crm.exchange, clock, headers, metrics: unread() });

  beforeEach(async () => {
    clock = new FakeClock();
    await clock.advance(1_000);
    crm = new FakeCrm();
    lookup = open();
  });

  it('asks with GET, its headers and its timeout, and gives the body', async () => {
    lookup = open({ timeout: 1_234 }, { authorization: 'Bearer x' });
    crm.always(url, answer(200, { tier: 'gold' }));
    expect(await lookup.ask(url)).to.deep.equal(gold);
    expect(crm.requests).to.deep.equal([{ method: 'GET', url, timeout: 1_234, headers: { authorization: 'Bearer x' } }]);
  });

  describe('its cache', () => {
    it('makes one request for a key, however many ask at the same time', async () => {
      const asking = Promise.all([lookup.ask(url), lookup.ask(url), lookup.ask(url)]);
      await settled();
      expect(crm.asked).to.deep.equal([url]);
      crm.answer(url, answer(200, { tier: 'gold' }));
      expect(await asking).to.deep.equal([gold, gold, gold]);
    });

    it('has an answer at hand until ttl is over, and not while it is asked for', async () => {
      expect(lookup.has(url)).to.equal(false);
      const asking = lookup.ask(url);
      await settled();
      expect(lookup.has(url)).to.equal(false);
      crm.answer(url, answer(200, { tier: 'gold' }));
      await asking;
      expect(lookup.has(url)).to.equal(true);
      await clock.advance(60_000);
      expect(await lookup.ask(url)).to.deep.equal(gold);
      expect(lookup.has(url)).to.equal(true);
      expect(crm.asked).to.have.length(1);
      await clock.advance(1);
      expect(lookup.has(url)).to.equal(false);
    });

    for (const status of [404, 204])
      it(`keeps a ${status} like a hit`, async () => {
        crm.always(url, answer(status));
        expect(await lookup.ask(url)).to.deep.equal({ found: false });
        expect(lookup.has(url)).to.equal(true);
        expect(await lookup.ask(url)).to.deep.equal({ found: false });
        expect(crm.asked).to.have.length(1);
      });

    it('keeps an answer without a body', async () => {
      crm.always(url, answer(200));
      expect(await lookup.ask(url)).to.deep.equal({ found: true, value: undefined });
      await lookup.ask(url);
      expect(crm.asked).to.have.length(1);
    });

    it('gives the stale answer while it is being renewed, by one request, and the new one after', async () => {
      crm.always(url, answer(200, { tier: 'gold' }));
      await lookup.ask(url);
      crm.always(url, undefined);
      await clock.advance(60_001);
      expect(await lookup.ask(url)).to.deep.equal(gold);
      expect(await lookup.ask(url)).to.deep.equal(gold);
      expect(crm.waiting).to.deep.equal([url]);
      crm.answer(url, answer(200, { tier: 'silver' }));
      await settled();
      expect(await lookup.ask(url)).to.deep.equal(silver);
      expect(crm.asked).to.have.length(2);
    });

    for (const [what, fails] of Object.entries({
      'a 503 comes': () => {
        crm.answer(url, answer(503));
      },
      'a 400 comes': () => {
        crm.answer(url, answer(400));
      },
      'nothing comes': () => {
        crm.fail(url, new Error('nothing came within 3000 ms'));
      },
    }))
      it(`keeps the stale answer when ${what} at its renewal, and tries again`, async () => {
        crm.always(url, answer(200, { tier: 'gold' }));
        await lookup.ask(url);
        crm.always(url, undefined);
        await clock.advance(60_001);
        await lookup.ask(url);
        fails();
        await settled();
        expect(await lookup.ask(url)).to.deep.equal(gold);
        crm.answer(url, answer(200, { tier: 'silver' }));
        await settled();
        expect(await lookup.ask(url)).to.deep.equal(silver);
      });

    it('forgets a failure: the next one to ask asks again', async () => {
      const failing = lookup.ask(url).catch((error: unknown) => error);
      await settled();
      crm.answer(url, answer(500));
      expect(await failing).to.be.instanceOf(LookupFailed);
      expect(lookup.has(url)).to.equal(false);
      crm.always(url, answer(200, { tier: 'gold' }));
      expect(await lookup.ask(url)).to.deep.equal(gold);
    });

    it('keeps cache.max answers, the last used ones', async () => {
      lookup = open({ cache: { max: 2, ttl: 60_000 } });
      for (const key of ['a', 'b', 'c']) crm.always(key, answer(200, key));
      for (const key of ['a', 'b', 'a', 'c']) await lookup.ask(key);
      expect(['a', 'b', 'c'].map((key) => lookup.has(key))).to.deep.equal([true, false, true]);
    });

    it('answers each key though others push it out of the cache while it is asked for', async () => {
      lookup = open({ cache: { max: 1, ttl: 60_000 } });
      const asking = Promise.all(['a', 'b', 'c'].map((key) => lookup.ask(key)));
      await settled();
      for (const key of ['b', 'c', 'a']) {
        crm.answer(key, answer(200, key));
        await settled();
      }
      expect(await asking).to.deep.equal(['a', 'b', 'c'].map((value) => ({ found: true, value })));
      expect(crm.asked).to.deep.equal(['a', 'b', 'c']);
    });
  });

  it('makes at most 16 requests at once, and the rest as soon as there is room', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `http://crm/${index}`);
    const outcome = Promise.all(keys.map((key) => lookup.ask(key))).catch(() => 'one failed');
    await settled();
    expect(crm.asked).to.deep.equal(keys.slice(0, 16));
    crm.answer(keys[3] ?? '', answer(200));
    crm.fail(keys[5] ?? '', new Error('reset'));
    await settled();
    expect(crm.asked).to.deep.equal(keys.slice(0, 18));
    while (crm.waiting.length > 0) {
      expect(crm.waiting.length).to.be.at.most(16);
      crm.answer(crm.waiting[0] ?? '', answer(200));
      await settled();
    }
    expect(await outcome).to.equal('one failed');
    expect(crm.asked).to.deep.equal(keys);
  });

  it('lets the trouble of one key cost that key only', async () => {
    const bad = Promise.all(
      Array.from({ length: 15 }, () => 'http://crm/bad').map((key, index) => lookup.ask(`${key}${index}`).catch(() => 'failed')),
    );
    crm.always(url, answer(200, { tier: 'gold' }));
    expect(await lookup.ask(url)).to.deep.equal(gold);
    for (const key of crm.waiting) crm.answer(key, answer(500));
    expect(new Set(await bad)).to.deep.equal(new Set(['failed']));
    expect(await lookup.ask(url)).to.deep.equal(gold);
  });

  describe('its failures', () => {
    async function failure(act: () => void): Promise<LookupFailed> {
      const asking = lookup.ask(url).then(
        () => undefined,
        (error: unknown) => error,
      );
      await settled();
      act();
      const error = await asking;
      if (!(error instanceof LookupFailed)) throw new Error('it did not fail');
      return error;
    }

    for (const status of [429, 500, 502, 503, 504])
      it(`may be tried again after ${status}`, async () => {
        const error = await failure(() => {
          crm.answer(url, answer(status));
        });
        expect(error).to.include({ retry: 'after', status, code: 'lookup.failed', message: `lookup crm: answered with status ${status}` });
      });

    for (const status of [301, 400, 401, 403, 410, 422])
      it(`are not to be tried again after ${status}`, async () => {
        const error = await failure(() => {
          crm.answer(url, answer(status));
        });
        expect(error).to.include({ retry: 'never', status });
        expect(error.message).to.match(/it is not tried again$/);
      });

    it('may be tried again when nothing came', async () => {
      const error = await failure(() => {
        crm.fail(url, new Error('GET /1: nothing came within 3000 ms'));
      });
      expect(error).to.include({ retry: 'after', status: undefined, message: 'lookup crm: GET /1: nothing came within 3000 ms' });
    });
  });
});
