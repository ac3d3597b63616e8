import { expect } from 'chai';
import fc from 'fast-check';
import { pack, unpack } from '../../src/conversation/packed.js';
import type { Participant, Snapshot } from '../../src/conversation/snapshot.js';

const times = fc.date({ noInvalidDate: true, min: new Date(-1e12), max: new Date(4e12) }).map((date) => date.toISOString());
const oddTimes = fc.constantFrom('2026-01-01T00:00:00Z', '2026-13-01T00:00:00.000Z', '2026-02-30T00:00:00.000Z', '+010889-08-02T05:31:50Z');
const texts = fc.oneof(
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  times,
  oddTimes,
  fc.string({ unit: 'binary' }),
  fc.constantFrom('customer', 'customer', '', 'x'.repeat(255), 'y'.repeat(256), '\0\x01\x05', 'Grüße', '日本'),
);
const some = fc.option(texts, { nil: undefined });
const versions = fc.option(fc.maxSafeNat(), { nil: undefined });
const fields = { purpose: some, state: some, userId: some, queueId: some, media: some, address: some, ani: some, dnis: some };
const participants: fc.Arbitrary<Participant> = fc.record({
  id: texts,
  ...fields,
  attributes: fc.option(fc.dictionary(texts, texts, { maxKeys: 4, noNullPrototype: true }), { nil: undefined }),
  ...{ startTime: some, connectedTime: some, endTime: some, version: versions, etag: some },
});
const snapshots: fc.Arbitrary<Snapshot> = fc.record({
  id: texts,
  participants: fc.array(participants, { maxLength: 5 }),
  ...{ version: versions, etag: some, endTime: some, shape: fc.constantFrom('A', 'B') },
});

describe('a packed snapshot', () => {
  it('is the same when it is unpacked, whatever is in it', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        expect(unpack(pack(snapshot), snapshot.id)).to.deep.equal(snapshot);
      }),
    );
  });

  it('is the same with more texts in it than one character can count', () => {
    const many = Array.from({ length: 300 }, (_, index) => [`key${index}`, String(index)]);
    const attributes = Object.fromEntries([...many, ['twice', '299']]) as Record<string, string>;
    const [drawn] = fc.sample(snapshots, { seed: 1, numRuns: 1 });
    const snapshot = { ...drawn!, participants: [{ ...fc.sample(participants, { seed: 1, numRuns: 1 })[0]!, attributes }] };
    expect(unpack(pack(snapshot), snapshot.id)).to.deep.equal(snapshot);
  });
});
