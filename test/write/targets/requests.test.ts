import { expect } from 'chai';
import type { Snapshot } from '../../../src/conversation/snapshot.js';
import { attributes } from '../../../src/write/targets/attributes.js';
import { customAttributes, secureAttributes } from '../../../src/write/targets/own-attributes.js';
import { valueIn } from '../../../src/write/targets/target.js';

const conversation = (media?: string): Snapshot => ({ id: 'c/1', participants: [{ id: 'p', media }], shape: 'A' });
const wanted = new Map([['p', { k: 'v' }]]);

describe('what a write target sends', () => {
  for (const [media, path] of [
    ['calls', '/api/v2/conversations/calls/c%2F1/participants/p/attributes'],
    ['emails', '/api/v2/conversations/emails/c%2F1/participants/p/attributes'],
    ['chats', '/api/v2/conversations/c%2F1/participants/p/attributes'],
    [undefined, '/api/v2/conversations/c%2F1/participants/p/attributes'],
  ] as const)
    it(`goes to ${path} for ${media ?? 'no known media'}`, () => {
      const request = attributes.write({ conversation: conversation(media), attributes: wanted, read: undefined });
      expect(request).to.deep.equal({ method: 'PATCH', path, body: { attributes: { k: 'v' } } });
    });

  it('goes to the general path for a participant that was never seen', () => {
    const other = new Map([['q', { k: 'v' }]]);
    expect(attributes.write({ conversation: conversation('calls'), attributes: other, read: undefined }).path).to.contain(
      '/conversations/c%2F1/participants/q/',
    );
  });

  it('carries the whole map with secure attributes, and the version that was read', () => {
    const read = secureAttributes.content({ attributes: { theirs: 'x', k: 'old' }, version: 7 });
    const { method, body } = secureAttributes.write({ conversation: conversation(), attributes: wanted, read });
    expect([method, body]).to.deep.equal(['PUT', { attributes: { theirs: 'x', k: 'v' }, version: 7 }]);
    expect(secureAttributes.content({ attributes: null })).to.deep.equal({ participants: [], own: {}, version: undefined });
    expect(secureAttributes.content('Accepted')).to.equal(undefined);
    const unread = secureAttributes.write({ conversation: conversation(), attributes: wanted, read: undefined });
    expect(unread.body).to.deep.equal({ attributes: { k: 'v' }, version: undefined });
  });

  it('carries the record of custom attributes with its divisions and its version, and own keys only', () => {
    const read = customAttributes.content({
      results: [{ id: 'r', divisions: ['d'], version: 3, customAttributes: { n: 5, o: { x: 1 } } }],
    });
    expect(read?.own).to.deep.equal({ n: '5' });
    const { method, body } = customAttributes.write({ conversation: conversation(), attributes: wanted, read });
    expect([method, body]).to.deep.equal(['PATCH', { id: 'r', divisions: ['d'], version: 3, customAttributes: { k: 'v' } }]);
  });

  it("tries a record of the conversation's id where there is none", () => {
    for (const results of [[], null]) {
      const read = customAttributes.content({ results });
      const { body } = customAttributes.write({ conversation: conversation(), attributes: wanted, read });
      expect(body).to.deep.equal({ id: 'c/1', customAttributes: { k: 'v' } });
    }
    const bare = customAttributes.content({ results: [{ id: 'r' }] });
    expect(bare).to.deep.include({ own: {}, record: { id: 'r', divisions: [] } });
    expect(customAttributes.content({ results: 'none' })).to.equal(undefined);
  });

  it('is looked up where a read tells it', () => {
    const participants = [{ id: 'p', attributes: { k: 'v' } }];
    expect([valueIn({ participants }, 'p', 'k'), valueIn({ participants }, 'q', 'k')]).to.deep.equal(['v', undefined]);
    expect(valueIn({ participants: [], own: { k: 'w' } }, '', 'k')).to.equal('w');
  });
});
