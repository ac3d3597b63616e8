import { expect } from 'chai';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { attributeText, faultText, RuleExpressions, truthy } from '../../../src/intent/rules/expression.js';

const scope = { conversation: { id: 'c1' }, participant: { id: 'p1', purpose: 'customer' }, event: { type: 't' } };
const evaluate = (expression: string): Promise<unknown> => jsonata(expression).evaluate({});

describe('truth of a condition', () => {
  it("is what JSONata's $boolean says, for every JSON value", () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(truthy(value)).to.equal(await jsonata('$boolean(value)').evaluate({ value }));
      }),
    ));

  it('is false for undefined, and for functions', async () => {
    expect(truthy(undefined)).to.equal(false);
    expect(truthy(() => 1)).to.equal(false);
    for (const expression of ['$sum', 'function($x) { $x }']) expect(truthy(await evaluate(expression)), expression).to.equal(false);
  });
});

describe('the text of an attribute', () => {
  const texts: [string, unknown, string | undefined][] = [
    ['a string as it is', 'a "b"\n', 'a "b"\n'],
    ['an empty string as it is', '', ''],
    ['a whole number', 42, '42'],
    ['a fraction', -0.5, '-0.5'],
    ['a number that JSON lacks', Infinity, 'Infinity'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['null as empty text', null, ''],
    ['undefined as nothing at all', undefined, undefined],
    ['an object as JSON', { a: [1, null] }, '{"a":[1,null]}'],
    ['an array as JSON', ['x', 1], '["x",1]'],
    ['an empty array as JSON', [], '[]'],
  ];
  for (const [what, value, text] of texts)
    it(`has ${what}`, () => {
      expect(attributeText(value)).to.equal(text);
    });

  it('has what JSONata makes of sequences, without its marks on them', async () => {
    expect(attributeText(await jsonata('a.b').evaluate({ a: [{ b: 1 }, { b: 2 }] }))).to.equal('[1,2]');
  });

  for (const expression of ['$sum', 'function($x) { $x }', '{"deep": [$sum]}', '[function($x) { $x }]'])
    it(`is refused for ${expression}, and shows nothing of what the function sees`, async () => {
      const value: unknown = await jsonata(expression).evaluate({ secret: 'confidential' });
      expect(() => attributeText(value)).to.throw(/^the value is a function, expected text/);
    });

  it('is refused for a function of the language itself', () => {
    expect(() => attributeText(() => 'text')).to.throw('the value is a function');
  });
});

describe('the text of a fault', () => {
  const thrown = (expression: string): Promise<unknown> =>
    jsonata(expression)
      .evaluate({ a: 'confidential', n: 4711 })
      .catch((error: unknown) => error);

  for (const expression of ['$number(a)', 'a < n', '$toMillis(a)', '{n: 1}', '$sqrt(-n)'])
    it(`has no data in it: ${expression}`, async () => {
      const text = faultText(await thrown(expression));
      expect(text)
        .to.match(/[a-z]{4}/)
        .and.not.match(/confidential|4711/);
    });

  it('is what a rule says itself with $error', async () => {
    expect(faultText(await thrown('$error("no such customer")'))).to.equal('no such customer');
  });

  it('copes with values that have no JSON', async () => {
    expect(faultText(await thrown('function($x) { $x } + 1'))).to.equal('The left side of the "+" operator must evaluate to a number');
  });

  it('is the message of an error, on one line, and the text of anything else', () => {
    expect(faultText(new Error('one\n  two'))).to.equal('one two');
    expect(faultText('text')).to.equal('text');
    expect(faultText(null)).to.equal('null');
    expect(faultText({ reason: 1 })).to.equal('[object Object]');
  });
});

describe('the expressions of a rule', () => {
  it('hold without a condition', async () => {
    expect(await new RuleExpressions({ set: {} }).holds(scope)).to.equal(true);
  });

  it('hold where the condition is truthy', async () => {
    const holds = (condition: string): boolean | Promise<boolean> => new RuleExpressions({ if: condition, set: {} }).holds(scope);
    expect(await holds("participant.purpose = 'customer'")).to.equal(true);
    expect(await holds('participant.purpose')).to.equal(true);
    expect(await holds('participant.userId')).to.equal(false);
    expect(await holds('[0, ""]')).to.equal(false);
  });

  it('set what is defined, in their own order, and see the lookup', async () => {
    const rule = new RuleExpressions({ set: { b: 'lookup.tier', a: 'event.type', c: 'participant.userId', d: 'null' } });
    const attributes = await rule.attributes({ ...scope, lookup: { tier: 'gold' } });
    expect(Object.entries(attributes)).to.deep.equal([
      ['b', 'gold'],
      ['a', 't'],
      ['d', ''],
    ]);
  });

  it('say which attribute failed, and keep the cause', async () => {
    const rule = new RuleExpressions({ set: { good: '1', bad: '$number("x")' } });
    const error = await rule.attributes(scope).catch((thrownError: unknown) => thrownError);
    expect(error)
      .to.be.instanceOf(Error)
      .and.to.have.property('message')
      .that.matches(/^set\.bad: Unable to cast/);
    expect(error).to.have.nested.property('cause.code', 'D3030');
  });
});
