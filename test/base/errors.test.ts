import { expect } from 'chai';
import { deferred } from '../../src/base/deferred.js';
import { AttributedError, messageOf, type Retry } from '../../src/base/errors.js';

class Broken extends AttributedError {
  readonly code = 'broken';
  readonly retry: Retry = 'never';
}

describe('the message of what was thrown', () => {
  it('is that of the error', () => {
    expect(messageOf(new Error('no route to host'))).to.equal('no route to host');
  });

  it('is the thing itself, as text, where no error was thrown', () => {
    expect(messageOf('gone')).to.equal('gone');
    expect(messageOf(7)).to.equal('7');
    expect(messageOf(undefined)).to.equal('undefined');
  });

  it('stands on one line, whatever line ends and indentation were in it', () => {
    expect(messageOf(new Error('first\n   second\r\n\r\nthird'))).to.equal('first second third');
  });
});

describe('an error of this program', () => {
  it('is an Error that is named after its class and keeps its cause', () => {
    const cause = new Error('why');
    const error = new Broken('it broke', { cause });
    expect(error).to.be.instanceOf(Error).and.have.property('cause', cause);
    expect(error.name).to.equal('Broken');
    expect(String(error)).to.equal('Broken: it broke');
  });
});

describe('a deferred value', () => {
  it('resolves its promise with the first value that it is given', async () => {
    const { promise, resolve } = deferred<string>();
    resolve('first');
    resolve('second');
    expect(await promise).to.equal('first');
  });
});
