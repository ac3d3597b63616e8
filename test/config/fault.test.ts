import { expect } from 'chai';
import { didYouMean, formatFault, formatPath } from '../../src/config/fault.js';

describe('a fault', () => {
  it('is told as FILE:LINE:COL path: message', () => {
    const fault = { line: 3, column: 7, path: 'write.quiet', message: 'is missing' };
    expect(formatFault('/etc/attributed.yaml', fault)).to.equal('/etc/attributed.yaml:3:7 write.quiet: is missing');
  });

  it('of the file as a whole has no path', () => {
    expect(formatFault('a.yaml', { line: 1, column: 1, path: '', message: 'cannot be read' })).to.equal('a.yaml:1:1 cannot be read');
  });

  it('names a field by its dotted path, and entries of a list by their index', () => {
    expect(formatPath(['rules', 0, 'set', 'tier'])).to.equal('rules[0].set.tier');
    expect(formatPath([0, 1, 'a'])).to.equal('[0][1].a');
    expect(formatPath([])).to.equal('');
  });
});

describe('a guess at what was meant', () => {
  it('is the nearest of the known words, whatever the case', () => {
    expect(didYouMean('loookup', ['lookup', 'lookups', 'look'])).to.equal(' (did you mean "lookup"?)');
    expect(didYouMean('QUIET', ['quiet', 'write'])).to.equal(' (did you mean "quiet"?)');
  });

  it('may be further off where the word is long', () => {
    expect(didYouMean('requestTime', ['requestTimeout'])).to.equal(' (did you mean "requestTimeout"?)');
    expect(didYouMean('secret-atributs', ['secure-attributes'])).to.equal(' (did you mean "secure-attributes"?)');
  });

  it('is not made where no word is near, or none is known', () => {
    expect(didYouMean('telemetry', ['lookups', 'rules'])).to.equal('');
    expect(didYouMean('cats', ['quiet'])).to.equal('');
    expect(didYouMean('quiet', [])).to.equal('');
  });
});
