import { expect } from 'chai';
import { entryOf, listOf, numberOf, textOf } from '../../../src/cli/tail/entry.js';
import { entry, line } from './lines.js';

describe('a line of the log that is read', () => {
  it('is an entry with its fields, also behind the number of its level', () => {
    const text = line(5, 'write.applied', { status: 200 });
    for (const each of [text, `<6>${text}`])
      expect(entryOf(each)).to.deep.equal({
        timestamp: '2026-11-24T10:00:00.005Z',
        level: 'info',
        event: 'write.applied',
        message: 'a message',
        status: 200,
      });
  });

  for (const other of [
    '',
    'Error: a trace',
    '{"half":',
    '{}',
    '[1]',
    '7',
    'null',
    line(0, 'x', {}, 'loud'),
    line(0, 'x', { timestamp: 7 }),
    '<6>text',
  ])
    it(`is none if it says ${other.slice(0, 40) || 'nothing'}`, () => {
      expect(entryOf(other)).to.equal(undefined);
    });

  it('has fields that are read as what they are, or not at all', () => {
    const read = entry(0, 'x', { text: 'a', number: 7, list: ['a', 1], none: null, nested: { a: 1 } });
    expect(['text', 'number', 'list', 'none', 'nested', 'missing'].map((name) => textOf(read, name))).to.deep.equal([
      'a',
      '7',
      '',
      '',
      '',
      '',
    ]);
    expect(['number', 'text'].map((name) => numberOf(read, name))).to.deep.equal([7, undefined]);
    expect(['list', 'text'].map((name) => listOf(read, name))).to.deep.equal([['a', '1'], []]);
  });
});
