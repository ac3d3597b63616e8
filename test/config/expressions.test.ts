import { expect } from 'chai';
import { expressionFault, templateFault, templateParts } from '../../src/config/expressions.js';
import { genesys, refuses } from './folder.js';

const rule = (field: string): string => `${genesys}rules:\n  - name: a\n    when: conversation.started\n    ${field}\n`;
const lookup = (url: string): string => `${genesys}lookups:\n  crm:\n    url: ${url}\n`;

describe('expressions in a config', () => {
  refuses([
    [
      'a condition that is no JSONata',
      rule(`if: "participant.purpose ="\n    set: { a: '1' }`),
      'c.yaml:8:9 rules[0].if: this is not JSONata at character 21: Unexpected end of expression',
    ],
    ['an empty condition', rule(`if: ''\n    set: { a: '1' }`), 'c.yaml:8:9 rules[0].if: "" is not valid, expected a JSONata expression'],
    [
      'a value that is no JSONata',
      rule('set: { a: "lookup.(" }'),
      'c.yaml:8:15 rules[0].set.a: this is not JSONata at character 8: Expected ")" before end of expression',
    ],
    ['a value that is a number', rule('set: { a: 7 }'), 'c.yaml:8:15 rules[0].set.a: 7 is not valid, expected a JSONata expression'],
    [
      'a URL with a brace that is not closed',
      lookup('http://crm/{ani'),
      'c.yaml:7:10 lookups.crm.url: a brace is not closed; expressions stand as {expression}',
    ],
    [
      'a URL with a brace that was never opened',
      lookup('http://crm/ani}'),
      'c.yaml:7:10 lookups.crm.url: a brace is not closed; expressions stand as {expression}',
    ],
    [
      'a URL with an expression that is no JSONata',
      lookup("'http://crm/{ani +}'"),
      'c.yaml:7:10 lookups.crm.url: this is not JSONata at character 5: Unexpected end of expression',
    ],
    [
      'a URL of another scheme',
      lookup('ftp://crm/{ani}'),
      'c.yaml:7:10 lookups.crm.url: expected a URL that begins with http:// or https://',
    ],
    [
      'a URL that has no host',
      lookup('http://?phone={ani}'),
      'c.yaml:7:10 lookups.crm.url: expected a URL that begins with http:// or https://',
    ],
    [
      'an empty URL',
      lookup("''"),
      'c.yaml:7:10 lookups.crm.url: "" is not valid, expected a URL with JSONata in braces, such as http://crm/customers?phone={ani}',
    ],
  ]);
});

describe('an expression', () => {
  it('has no fault where JSONata takes it', () => {
    for (const expression of ['lookup.id', "lookup.tier = 'gold' ? 'HIGH' : 'NORMAL'", '$uppercase(participant.ani)', 'null'])
      expect(expressionFault(expression), expression).to.equal(undefined);
  });

  it('has a fault with its place where JSONata does not', () => {
    expect(expressionFault("'never closed")).to.match(/^this is not JSONata at character \d+: String literal/);
  });
});

describe('a URL template', () => {
  it('is split at its braces', () => {
    expect(templateParts('http://crm/{ani}/x?q={conversation.id}')).to.deep.equal([
      { text: 'http://crm/' },
      { expression: 'ani' },
      { text: '/x?q=' },
      { expression: 'conversation.id' },
    ]);
  });

  it('may have no expression at all, and may have one for its host', () => {
    expect(templateFault('https://crm/customers')).to.equal(undefined);
    expect(templateFault('http://{region}.crm:8081/{ani}')).to.equal(undefined);
  });
});
