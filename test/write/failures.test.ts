import { expect } from 'chai';
import type { Fate } from '../support/fake-platform.js';
import { Writing, type WritingOptions } from '../support/writing.js';

/** Writing on a platform that treats the first PATCHes so, and serves all after them. */
async function failing(fates: Fate[], options: WritingOptions = {}): Promise<Writing> {
  const house = new Writing({ ...options, fate: ({ method }) => (method === 'PATCH' ? fates.shift() : undefined) ?? { kind: 'served' } });
  await house.known();
  return house;
}

describe('a write that fails', () => {
  for (const [name, answer] of [
    ['a 403', { status: 403, code: 'missing.permissions' }],
    ['a 403 in the clothes of a 409', { status: 409, code: 'missing.permissions' }],
    ['a 404', { status: 404, code: 'not.found' }],
    ['a 400', { status: 400, code: 'invalid.value' }],
  ] as const) {
    it(`is not sent again after ${name}, and tells all that the platform said`, async () => {
      const house = await failing([{ kind: 'answered', ...answer }]);
      const intent = await house.wish({ tier: 'gold' });
      await house.clock.advance(60_000);
      expect(house.platform.writes).to.have.length(1);
      const dead = house.outbox.get(intent.id);
      expect(dead?.state).to.equal('dead');
      expect(dead?.reason).to.include({
        status: answer.status,
        code: answer.code,
        correlationId: 'correlation-1',
        body: JSON.stringify({ code: answer.code, status: answer.status }),
      });
      expect(house.log.of('write.failed')[0]).to.include({
        status: answer.status,
        code: answer.code,
        attempt: 1,
        etag: '"1"',
        retryInMs: undefined,
      });
      expect(house.log.of('intent.dead')[0]).to.include({ intentId: intent.id, attempts: 1, code: answer.code });
      expect([...house.writer.pipelines]).to.be.empty;
    });
  }

  for (const values of [false, true]) {
    it(`tells ${values ? 'the values that the platform repeats, with log.values' : 'none of the values that the platform repeats'}`, async () => {
      const body = { code: 'invalid.value', message: 'value "se\\"cret" of tier is not allowed', status: 400 };
      const house = new Writing({
        values,
        fate: ({ method }) => (method === 'PATCH' ? { kind: 'answered', status: 400, body } : { kind: 'served' }),
      });
      await house.known();
      const intent = await house.wish({ tier: 'se\\"cret' });
      await house.clock.advance(0);
      const said = `${JSON.stringify(house.log.of('write.failed'))}${JSON.stringify(house.outbox.get(intent.id)?.reason)}`;
      expect(said.includes('cret')).to.equal(values);
      expect(said).to.contain('of tier is not allowed');
    });
  }

  it('does not call dead what a newer wish had superseded while the refused request was under way', async () => {
    const house = await failing([{ kind: 'answered', status: 403, code: 'missing.permissions' }], {
      latency: () => ({ connect: 0, up: 50, down: 50 }),
    });
    const first = await house.wish({ tier: 'gold' });
    await house.clock.advance(10);
    const second = await house.wish({ tier: 'silver' });
    await house.clock.advance(10_000);
    expect([house.state(first), house.state(second)]).to.deep.equal(['superseded', 'applied']);
    expect(house.log.of('intent.dead')).to.be.empty;
    expect(house.outcomes.figures).to.include({ dead: 0, superseded: 1, applied: 1 });
  });

  it('names the disguise of a 403', async () => {
    const house = await failing([{ kind: 'answered', status: 409, code: 'not.authorized' }]);
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(0);
    expect(house.outbox.get(intent.id)?.reason?.what).to.match(
      /403 in the clothes of another status.*forbidden, grant the missing permission/,
    );
  });

  it('costs only the bad one of several merged wishes when a request is refused as invalid', async () => {
    // the platform refuses whatever carries the bad key
    const refuse: Fate = { kind: 'answered', status: 400, code: 'invalid.value' };
    const house = new Writing({
      latency: () => ({ connect: 50, up: 0, down: 0 }),
      judge: ({ worse }) => (worse === undefined ? undefined : refuse),
    });
    await house.known();
    const good = await house.wish({ tier: 'gold' });
    const bad = await house.wish({ worse: 'x' });
    const other = await house.wish({ case: '7' });
    await house.clock.advance(60_000);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold', case: '7' });
    expect([house.state(good), house.state(bad), house.state(other)]).to.deep.equal(['confirmed', 'dead', 'confirmed']);
  });

  it('is tried again after a 500, but only once the resource was read: it may have been carried out', async () => {
    const house = await failing([{ kind: 'answered', status: 503, carriedOut: true }]);
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(60_000);
    expect(house.platform.reads).to.equal(1);
    expect(house.platform.writes).to.have.length(1);
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('reads before it repeats a write whose answer was lost', async () => {
    const house = await failing([{ kind: 'unanswered' }]);
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(60_000);
    expect(house.platform.reads).to.equal(1);
    expect(house.platform.writes).to.have.length(1);
    expect(house.state(intent)).to.equal('confirmed');
    expect(house.log.of('write.failed')[0]?.['error']).to.contain('it may have arrived');
  });

  it('repeats a write that was never sent without reading, after a wait drawn from a growing range', async () => {
    const house = await failing([{ kind: 'unsent' }, { kind: 'unsent' }, { kind: 'unsent' }]);
    await house.wish({ tier: 'gold' });
    await house.clock.advance(5_000);
    expect(house.platform.reads).to.equal(0);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
    expect(house.log.of('write.failed').map(({ retryInMs }) => retryInMs)).to.deep.equal([250, 500, 1_000]);
  });

  it('waits as long as a 429 says, and then goes at once', async () => {
    const house = await failing([{ kind: 'answered', status: 429, headers: { 'retry-after': '3' } }]);
    await house.wish({ tier: 'gold' });
    await house.clock.advance(60_000);
    expect(house.platform.writes.map(({ composedAt }) => composedAt)).to.deep.equal([10_000, 13_000]);
    expect(house.log.of('budget.throttled')).to.have.length(1);
  });

  it('is held by a 429 that another call met while it was reading', async () => {
    const house = new Writing({ latency: () => ({ connect: 0, up: 50, down: 50 }) });
    await house.known();
    house.registry.gap();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(10);
    house.budget.learn(429, { 'retry-after': '3' });
    await house.clock.advance(10_000);
    expect(house.platform.writes.map(({ composedAt }) => composedAt)[0]).to.be.at.least(13_010);
    expect(house.platform.attributes).to.deep.equal({ tier: 'gold' });
  });

  /** A call whose version moves with each write, so that none is applied; resolves a second after a wish. */
  async function hopeless(perMinute: number): Promise<Writing> {
    const house = new Writing({
      perMinute,
      latency: () => ({ connect: 0, up: 1, down: 1 }),
      fate: ({ method }) => {
        if (method === 'PATCH') house.platform.bump();
        return { kind: 'served' };
      },
    });
    await house.known();
    await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    return house;
  }

  it('leaves room for others when calls are scarce and it met a dozen conflicts in a row, with the newest ETag all the same', async () => {
    const house = await hopeless(100);
    // half of what usual calls may use is gone when it begins to pause
    expect(house.platform.writes.length).to.be.within(45, 60);
    const etags = house.platform.writes.map(({ ifMatch }) => Number(ifMatch.replaceAll('"', '')));
    expect(etags).to.deep.equal([...etags].sort((a, b) => a - b));
    await house.end();
  });

  it('goes again at once after each of many conflicts in a row while calls are not scarce', async () => {
    const house = await hopeless(100_000);
    expect(house.platform.writes.length).to.be.above(400);
    await house.end();
  });

  it('reads and sends again after a 428', async () => {
    const house = await failing([{ kind: 'answered', status: 428, code: 'precondition.required' }]);
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.platform.reads).to.equal(1);
    expect(house.state(intent)).to.equal('applied');
  });

  it('takes a refusal of the ETag that reads tell for trouble of the server, and waits', async () => {
    const stubborn = Array.from({ length: 4 }, (): Fate => ({
      kind: 'answered',
      status: 409,
      code: 'general.conflict',
      headers: { etag: '"1"' },
    }));
    const house = await failing(stubborn);
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(100);
    expect(house.platform.writes).to.have.length(3);
    expect(house.log.of('write.failed')[0]).to.include({ status: 409, retryInMs: 250 });
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is given up after giveUpAfter, with the last thing that was said', async () => {
    const house = new Writing({
      settings: { giveUpAfter: 30_000 },
      fate: ({ method }) => (method === 'PATCH' ? { kind: 'answered', status: 503, code: 'service.unavailable' } : { kind: 'served' }),
    });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(120_000);
    expect(house.outbox.get(intent.id)?.reason).to.include({ status: 503, code: 'service.unavailable' });
    expect(house.outbox.get(intent.id)?.reason?.what).to.match(/^given up after write.giveUpAfter: /);
    expect([...house.writer.pipelines]).to.be.empty;
  });

  it('says so if it never came to a write within giveUpAfter', async () => {
    const house = new Writing({ settings: { giveUpAfter: 1_000 }, perMinute: 2 });
    await house.known();
    await house.wish({ a: '1' });
    await house.clock.advance(200);
    const late = await house.wish({ b: '2' });
    await house.clock.advance(200_000);
    expect(house.state(late)).to.equal('dead');
  });

  it('is renewed and sent again after a 401, and tried later if that does not help', async () => {
    const refused: Fate = { kind: 'answered', status: 401, code: 'bad.credentials' };
    const house = await failing([refused, refused]);
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(10_000);
    expect(house.platform.writes).to.have.length(3);
    expect(house.state(intent)).to.equal('applied');
  });

  it('is dead if the resource has no ETag that can be compared, and the reason names the remedy', async () => {
    const house = new Writing({ etag: (version) => `W/"${version}"`, events: 'none' });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(1_000);
    expect(house.outbox.get(intent.id)?.reason?.what).to.contain('write.target voice cannot be used in this org');
    expect(house.platform.writes).to.be.empty;
  });

  it('is dead if the conversation is not there', async () => {
    const house = new Writing();
    const intent = await house.wish({ tier: 'gold' }, { id: 'p1' }, 'elsewhere');
    await house.clock.advance(1_000);
    expect(house.outbox.get(intent.id)).to.deep.include({ state: 'dead', attempts: 0 });
    expect(house.outbox.get(intent.id)?.reason).to.include({ status: 404, code: 'not.found' });
  });

  it('waits for a conversation that cannot be read now', async () => {
    const fates: Fate[] = [{ kind: 'unsent' }, { kind: 'answered', status: 503 }];
    const house = new Writing({ fate: () => fates.shift() ?? { kind: 'served' } });
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('confirmed');
  });

  it('is left for the next start if the daemon stops while its conversation cannot be read', async () => {
    const house = new Writing({ fate: () => ({ kind: 'unsent' }) });
    const intent = await house.wish({ tier: 'gold' }, { purpose: 'customer' });
    await house.clock.advance(1_000);
    const left = house.writer.drain(100);
    await house.clock.advance(100);
    expect(await left).to.equal(1);
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('accepted');
  });

  it('takes no wish down with it when this program itself fails', async () => {
    const house = new Writing({
      latency: () => {
        throw new Error('a fault of this program');
      },
      settings: { giveUpAfter: 100 },
    });
    await house.known();
    const intent = await house.wish({ tier: 'gold' });
    await house.clock.advance(60_000);
    expect(house.state(intent)).to.equal('dead');
  });
});
