import { expect } from 'chai';
import fc from 'fast-check';
import { Lookup } from '../../../src/intent/lookups/lookup.js';
import { FakeClock } from '../../support/fake-clock.js';
import { lookupConfig } from '../support/bench.js';
import { FakeCrm } from '../support/fake-crm.js';
import { unread } from '../../support/metrics.js';

describe('the URL of a lookup', () => {
  const urlOf = (template: string, scope: unknown): Promise<string | undefined> =>
    new Lookup('crm', lookupConfig(template), {
      exchange: new FakeCrm().exchange,
      clock: new FakeClock(),
      headers: {},
      metrics: unread(),
    }).url(scope);

  it('has the values of its expressions in it, encoded', async () => {
    expect(await urlOf('http://crm/{id}/calls?phone={ani}&x=1', { id: 'a/b', ani: '+49 30&x=2#' })).to.equal(
      'http://crm/a%2Fb/calls?phone=%2B49%2030%26x%3D2%23&x=1',
    );
  });

  it('evaluates JSONata over the scope', async () => {
    const scope = { ani: '+4930', conversation: { id: 'c1' }, event: { type: 't' } };
    expect(await urlOf('http://crm/{$substring(ani, 1)}/{conversation.id}/{event.type}', scope)).to.equal('http://crm/4930/c1/t');
  });

  it('has numbers, booleans and objects as JSON', async () => {
    expect(await urlOf('http://crm/{n}/{b}/{o}', { n: 1.5, b: false, o: [1] })).to.equal('http://crm/1.5/false/%5B1%5D');
  });

  it('is undefined where an expression is undefined or null, even if another is not', async () => {
    expect(await urlOf('http://crm/{a}/{b}', { a: 'x' })).to.equal(undefined);
    expect(await urlOf('http://crm/{a}', { a: null })).to.equal(undefined);
  });

  it('is there without any expression', async () => {
    expect(await urlOf('http://crm/all', {})).to.equal('http://crm/all');
  });

  it('rejects with what JSONata throws', async () => {
    const error = await urlOf('http://crm/{$number(a)}', { a: 'x' }).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'D3030');
  });

  it('never lets a value change the host, the query or another part', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (value) => {
        fc.pre(value !== '.' && value !== '..');
        const parsed = new URL((await urlOf('http://crm/a/{x}/b?q={x}', { x: value })) ?? '');
        expect(parsed.host).to.equal('crm');
        expect(parsed.pathname.split('/')).to.have.length(4);
        expect([...parsed.searchParams]).to.deep.equal([['q', value]]);
        expect(decodeURIComponent(parsed.pathname.split('/')[2] ?? '')).to.equal(value);
        expect(parsed.hash).to.equal('');
      }),
    ));
});
