import { expect } from 'chai';
import fc from 'fast-check';
import type { Evidence } from '../../src/conversation/evidence.js';
import { meaningOf, type Meaning } from '../../src/write/watch.js';

/** Written as version 5. */
const watched = { participantId: 'p', key: 'k', value: 'ours', version: 5 };
const evidence = (from: Evidence['from'], attributes: Record<string, string>, version?: number): Evidence => ({
  from,
  participantId: 'p',
  attributes,
  version,
});

describe('what is seen of a value that was written', () => {
  const table: [string, Evidence, Meaning, Partial<typeof watched> | { version: undefined }][] = [
    ['an event of the version that the write made shows it', evidence('event', { k: 'ours' }, 5), 'shows', {}],
    ['an event of a later version shows it', evidence('event', { k: 'ours', other: 'x' }, 9), 'shows', {}],
    ['an event without a version shows it', evidence('event', { k: 'ours' }), 'shows', {}],
    ['an event shows it where the write told no version', evidence('event', { k: 'ours' }, 4), 'shows', { version: undefined }],
    ['a read shows it', evidence('read', { k: 'ours' }), 'shows', {}],
    ['an event with some attributes shows it', evidence('part', { k: 'ours' }, 6), 'shows', {}],
    ['an event from before the write tells nothing, though it has the value', evidence('event', { k: 'ours' }, 4), 'nothing', {}],
    ['an event from before the write tells nothing, though it has another', evidence('event', { k: 'theirs' }, 4), 'nothing', {}],
    ['an event of a later version has another value', evidence('event', { k: 'theirs' }, 6), 'contradicts', {}],
    ['an event of a later version does not have the key', evidence('event', {}, 6), 'contradicts', {}],
    ['an event with some attributes has another value', evidence('part', { k: 'theirs' }, 6), 'contradicts', {}],
    ['an event with some attributes does not have the key: that tells nothing', evidence('part', { other: 'x' }, 6), 'nothing', {}],
    ['an event without a version has another value: it may be older', evidence('event', { k: 'theirs' }), 'doubts', {}],
    ['an event without a version does not have the key', evidence('event', {}), 'doubts', {}],
    ['an event has another value where the write told no version', evidence('event', { k: 'theirs' }, 6), 'doubts', { version: undefined }],
    ['an event with some attributes and no version has another value', evidence('part', { k: 'theirs' }), 'doubts', {}],
    ['a read has another value', evidence('read', { k: 'theirs' }), 'contradicts', {}],
    ['a read does not have the key', evidence('read', {}), 'contradicts', {}],
    ['it is about somebody else', evidence('event', { k: 'theirs' }, 6), 'nothing', { participantId: 'q' }],
  ];
  for (const [name, seen, meaning, change] of table)
    it(`${meaning === 'nothing' ? 'means nothing' : meaning}: ${name}`, () => {
      expect(meaningOf({ ...watched, ...change }, seen)).to.equal(meaning);
    });

  it('never contradicts by an event that may be from before the write, and is never shown by another value', () => {
    const any = fc.record({
      from: fc.constantFrom('event' as const, 'part' as const, 'read' as const),
      participantId: fc.constantFrom('p', 'q'),
      attributes: fc.dictionary(fc.constantFrom('k', 'other'), fc.constantFrom('ours', 'theirs')),
      version: fc.option(fc.nat(10), { nil: undefined }),
    });
    fc.assert(
      fc.property(any, fc.option(fc.nat(10), { nil: undefined }), (seen, version) => {
        const meaning = meaningOf({ ...watched, version }, seen);
        const older = version === undefined || seen.version === undefined || seen.version < version;
        if (meaning === 'contradicts') expect(seen.from === 'read' || !older).to.equal(true);
        if (meaning === 'shows') expect(seen.attributes['k']).to.equal('ours');
        if (meaning === 'contradicts' || meaning === 'doubts') expect(seen.attributes['k']).not.to.equal('ours');
        if (meaning !== 'nothing') expect(seen.participantId).to.equal('p');
      }),
    );
  });
});
