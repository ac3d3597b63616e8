import { expect } from 'chai';
import { parseHeaders } from '../../src/config/secrets.js';

describe('the headers file of a lookup', () => {
  it('has a header a line, with names in lower case', () => {
    expect(parseHeaders('Authorization: Bearer a:b c\nX-Api-Key:key\n')).to.deep.equal({
      authorization: 'Bearer a:b c',
      'x-api-key': 'key',
    });
  });

  it('may have empty lines, comments, and the line ends of Windows', () => {
    expect(parseHeaders('# the CRM\r\n\r\n  X-Api-Key:   key  \r\n')).to.deep.equal({ 'x-api-key': 'key' });
    expect(parseHeaders('')).to.deep.equal({});
  });

  for (const line of ['no header', 'Name:', ': value', 'A B: value', 'Näme: value'])
    it(`is refused for the line ${JSON.stringify(line)}, by its number and without what stands in it`, () => {
      expect(() => parseHeaders(`A: 1\n\n${line}`)).to.throw(/^line 3 is no header, expected `Name: value`$/);
    });

  it('never shows a secret in its message', () => {
    expect(() => parseHeaders('Bearer confidential'))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('confidential');
  });
});
