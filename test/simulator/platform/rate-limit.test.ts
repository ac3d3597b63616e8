import { expect } from 'chai';
import { ApiError } from '../../../src/simulator/platform/errors.js';
import { countCall, tooMany } from '../../../src/simulator/platform/rate-limit.js';
import { Org } from '../org.js';

describe('the rate limit of the simulator', () => {
  it('counts the calls of a token in a fixed window of a minute', async () => {
    const { token, clock } = new Org();
    expect(countCall(token, 2, clock)).to.deep.equal({
      'inin-ratelimit-count': '1',
      'inin-ratelimit-allowed': '2',
      'inin-ratelimit-reset': '60',
    });
    await clock.advance(30_500);
    expect(countCall(token, 2, clock)).to.include({ 'inin-ratelimit-count': '2', 'inin-ratelimit-reset': '30' });
    expect(() => countCall(token, 2, clock))
      .to.throw(ApiError, '[30] seconds')
      .with.property('headers')
      .that.includes({ 'retry-after': '30', 'inin-ratelimit-count': '3' });
    await clock.advance(29_499);
    expect(() => countCall(token, 2, clock)).to.throw(ApiError);
    await clock.advance(1);
    expect(countCall(token, 2, clock)).to.include({ 'inin-ratelimit-count': '1', 'inin-ratelimit-reset': '60' });
  });

  it('counts each token for itself', () => {
    const org = new Org();
    const other = org.login();
    countCall(org.token, 1, org.clock);
    expect(countCall(other, 1, org.clock)).to.include({ 'inin-ratelimit-count': '1' });
  });

  it('says what the platform says', () => {
    expect(tooMany(42).body('c')).to.include({
      message: 'Rate limit exceeded the maximum. Retry the request in [42] seconds',
      code: 'too.many.requests.retry.after',
      status: 429,
    });
  });

  it('stands on every answer of the API, also on refusals', async () => {
    const org = new Org({ perMinute: 2 });
    const found = await org.request('GET', '/api/v2/conversations');
    const missing = await org.request('GET', '/api/v2/nothing');
    const limited = await org.request('GET', '/api/v2/conversations');
    expect([found.status, missing.status, limited.status]).to.deep.equal([200, 404, 429]);
    expect([found, missing, limited].map(({ headers }) => headers['inin-ratelimit-count'])).to.deep.equal(['1', '2', '3']);
    expect(limited.headers['retry-after']).to.equal('60');
    await org.clock.advance(60_000);
    expect((await org.request('GET', '/api/v2/conversations')).status).to.equal(200);
  });
});
