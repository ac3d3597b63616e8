import { expect } from 'chai';
import sinon from 'sinon';
import { parseSource } from '../../src/config/source.js';
import { genesys, refuses } from './folder.js';

describe('faults of the YAML itself', () => {
  refuses([
    [
      'a key that stands twice',
      `${genesys}write:\n  quiet: 1s\n  quiet: 2s\n`,
      'c.yaml:7:3 write.quiet: this key stands here twice; keep one of them',
    ],
    [
      'a key that stands twice in an entry of a list',
      `${genesys}rules:\n  - name: a\n    when: conversation.started\n    set: { a: '1' }\n    name: b\n`,
      'c.yaml:9:5 rules[0].name: this key stands here twice; keep one of them',
    ],
    ['a section that stands twice', `${genesys}log: {}\nlog: {}\n`, 'c.yaml:6:1 log: this key stands here twice; keep one of them'],
    ['a tab as indentation', 'genesys:\n\tregion: mypurecloud.com\n', 'c.yaml:2:1 a tab cannot indent YAML; use spaces'],
    ['an alias without an anchor', `${genesys}write:\n  quiet: *calm\n`, 'c.yaml:6:10 there is no anchor "&calm" before this alias'],
    [
      'an alias that stands before its anchor',
      `${genesys}write:\n  quiet: *calm\n  maxWait: &calm 1s\n`,
      'c.yaml:6:10 there is no anchor "&calm" before this alias',
    ],
    ['a tag that is not known', `${genesys}write: !calm {}\n`, 'c.yaml:5:8 Unresolved tag: !calm'],
    ['a second document', `${genesys}---\nlog: {}\n`, 'c.yaml:5:1 expected one YAML document, but another one begins here'],
    [
      'aliases that multiply without bound',
      `a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n`,
      'c.yaml:1:1 Excessive alias count indicates a resource exhaustion attack',
    ],
  ]);
});

describe('a source', () => {
  const text = 'write:\n  quiet: 1s\nrules:\n  - name: a\n  -   name: b\n';

  it('gives the file as plain objects', () => {
    expect(parseSource(text).value).to.deep.equal({ write: { quiet: '1s' }, rules: [{ name: 'a' }, { name: 'b' }] });
    expect(parseSource(text).faults).to.be.empty;
  });

  it('gives no value when the syntax is broken', () => {
    expect(parseSource('a: "never closed\n').value).to.equal(undefined);
  });

  it('follows aliases that have an anchor', () => {
    expect(parseSource('a: &x 1s\nb: *x\n').value).to.deep.equal({ a: '1s', b: '1s' });
  });

  it('knows where a value stands', () => {
    const { valueAt } = parseSource(text);
    expect(valueAt(['write', 'quiet'])).to.deep.equal({ line: 2, column: 10 });
    expect(valueAt(['rules', 1, 'name'])).to.deep.equal({ line: 5, column: 13 });
  });

  it('gives the nearest parent for a value that is not there', () => {
    const { valueAt } = parseSource(text);
    expect(valueAt(['write', 'maxWait'])).to.deep.equal({ line: 2, column: 3 });
    expect(valueAt(['log', 'level'])).to.deep.equal({ line: 1, column: 1 });
  });

  it('knows where a key stands', () => {
    const { keyAt } = parseSource(text);
    expect(keyAt(['rules'])).to.deep.equal({ line: 3, column: 1 });
    expect(keyAt(['rules', 1, 'name'])).to.deep.equal({ line: 5, column: 7 });
  });

  it('gives the parent for a key that is not there', () => {
    const { keyAt } = parseSource(text);
    expect(keyAt(['rules', 1, 'when'])).to.deep.equal({ line: 5, column: 7 });
    expect(keyAt(['rules', 'when'])).to.deep.equal({ line: 4, column: 3 });
  });

  it('of nothing begins at line 1, column 1', () => {
    const { valueAt, keyAt, value } = parseSource('');
    expect(value).to.equal(null);
    expect(valueAt(['write'])).to.deep.equal({ line: 1, column: 1 });
    expect(keyAt(['write'])).to.deep.equal({ line: 1, column: 1 });
  });

  it('looks for repeated keys past keys that are no plain text', () => {
    // the library warns of the list that is a key
    const warned = sinon.stub(process, 'emitWarning');
    const { faults } = parseSource('7: a\n7: b\n? [x, y]\n: { z: 1, z: 2 }\n');
    warned.restore();
    expect(faults.map(({ line, column, path }) => ({ line, column, path }))).to.deep.equal([
      { line: 2, column: 1, path: '7' },
      { line: 4, column: 11, path: 'z' },
    ]);
  });
});
