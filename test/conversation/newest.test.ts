import { expect } from 'chai';
import fc from 'fast-check';
import {
  contradicts,
  etagOfVersion,
  newest,
  nothingKnown,
  strong,
  versionOfEtag,
  type Known,
  type News,
} from '../../src/conversation/newest.js';

/** What a versioned server has told: by an event, by a read, by the answer to a write. */
const told: fc.Arbitrary<{ from: 'event' | 'read' | 'write'; version: number }> = fc.record({
  from: fc.constantFrom('event' as const, 'read' as const, 'write' as const),
  version: fc.integer({ min: 1, max: 50 }),
});

function newsOf({ from, version }: { from: 'event' | 'read' | 'write'; version: number }, order: number): News {
  if (from === 'event') return { from: 'event', arrived: order, now: order, version };
  const sent = from === 'write' ? { sent: etagOfVersion(version - 1) } : {};
  return { from: 'answer', asked: order - 1, now: order, etag: etagOfVersion(version), accepted: true, ...sent };
}

const fold = (news: readonly News[], versionsAreEtags = true): Known =>
  news.reduce((known, each) => newest(known, each, versionsAreEtags), nothingKnown);

describe('the newest of what events and answers tell', () => {
  it('is the highest version, in whatever order it is told', () => {
    fc.assert(
      fc.property(fc.array(told, { minLength: 1, maxLength: 30 }), (all) => {
        const known = fold(all.map((each, index) => newsOf(each, index + 1)));
        const highest = Math.max(...all.map(({ version }) => version));
        expect(known).to.include({ version: highest, etag: etagOfVersion(highest), stale: false });
      }),
    );
  });

  it('never goes back, and never calls an older ETag fresh, with gaps and conflicts in between', () => {
    const step = fc.oneof(
      told.map((each) => ({ ...each, kind: 'told' as const })),
      fc.constant({ kind: 'gap' } as const),
      fc.record({ kind: fc.constant('conflict' as const), etag: fc.boolean(), ahead: fc.integer({ min: 1, max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let known = nothingKnown;
        let highest = 0;
        steps.forEach((each, index) => {
          const before = known;
          if (each.kind === 'gap') {
            known = newest(known, { from: 'gap', arrived: index }, true);
            expect(known.stale).to.equal(true);
          } else if (each.kind === 'told') {
            highest = Math.max(highest, each.version);
            known = newest(known, newsOf(each, index + 1), true);
          } else if (known.etag !== undefined) {
            const etag = each.etag ? { etag: etagOfVersion(highest + each.ahead) } : {};
            if (each.etag) highest += each.ahead;
            known = newest(known, { from: 'answer', asked: index, now: index, sent: known.etag, accepted: false, ...etag }, true);
            expect(known.stale).to.equal(!each.etag);
          }
          expect(known.version ?? 0).to.be.at.least(before.version ?? 0);
          if (!known.stale) expect(known.etag).to.equal(etagOfVersion(highest));
        });
      }),
    );
  });

  it('is fresh under events without a version only if it was asked for after the last of them', () => {
    const step = fc.oneof(fc.constant('event' as const), fc.constant('ask' as const), fc.constant('answer' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let known = nothingKnown;
        let order = 0;
        let answeredAfter = -1;
        const asked: number[] = [];
        steps.forEach((each, index) => {
          if (each === 'event') known = newest(known, { from: 'event', arrived: ++order, now: index }, true);
          if (each === 'ask') asked.push(order);
          const question = each === 'answer' ? asked.shift() : undefined;
          if (question !== undefined) {
            known = newest(known, { from: 'answer', asked: question, now: index, etag: `"opaque-${index}"`, accepted: true }, true);
            answeredAfter = question;
          }
          expect(known.stale).to.equal(answeredAfter < order || answeredAfter < 0);
        });
      }),
    );
  });

  it('orders opaque ETags by arrival, but settles those that may have crossed an answer by a read', () => {
    const event = (etag: string, now: number): News => ({ from: 'event', arrived: now, now, etag });
    expect(fold([event('"a"', 1), event('"b"', 2)])).to.include({ etag: '"b"', stale: false });
    const answered = fold([event('"a"', 1), { from: 'answer', asked: 1, now: 1_000, etag: '"b"', sent: '"a"', accepted: true }]);
    expect(answered).to.include({ etag: '"b"', stale: false });
    expect(newest(answered, event('"b"', 1_001), true)).to.include({ etag: '"b"', stale: false });
    expect(newest(answered, event('"c"', 1_500), true).stale).to.equal(true);
    expect(newest(answered, event('"c"', 9_000), true)).to.include({ etag: '"c"', stale: false });
    const crossed = fold([event('"a"', 5), { from: 'answer', asked: 1, now: 6, etag: '"b"', accepted: true }]);
    expect(crossed.stale).to.equal(true);
  });

  it('takes an event’s own ETag before one that is built, and fills a missing one in', () => {
    expect(fold([{ from: 'event', arrived: 1, now: 1, version: 3, etag: '"x3"' }])).to.include({
      etag: '"x3"',
      built: false,
      stale: false,
    });
    const without = fold([{ from: 'event', arrived: 1, now: 1, version: 3 }], false);
    expect(without).to.include({ version: 3, stale: true });
    expect(newest(without, { from: 'event', arrived: 2, now: 2, version: 3, etag: '"x3"' }, false)).to.include({
      etag: '"x3"',
      stale: false,
    });
  });

  it('knows nothing more after an accepted write whose answer has no ETag, unless an event has told more by then', () => {
    const at3 = fold([{ from: 'event', arrived: 1, now: 1, version: 3 }]);
    const write: News = { from: 'answer', asked: 1, now: 2, sent: '"3"', accepted: true };
    expect(newest(at3, write, true).stale).to.equal(true);
    const echoed = newest(at3, { from: 'event', arrived: 2, now: 2, version: 4 }, true);
    expect(newest(echoed, write, true)).to.include({ etag: '"4"', stale: false });
    const opaque = fold([{ from: 'event', arrived: 1, now: 1, etag: '"a"' }]);
    expect(newest(opaque, { ...write, sent: '"b"' }, true).stale).to.equal(true);
  });

  it('builds the ETag of a read from its body’s version where the header is missing', () => {
    expect(fold([{ from: 'answer', asked: 0, now: 1, version: 7, accepted: true }])).to.include({ etag: '"7"', version: 7, stale: false });
    expect(fold([{ from: 'answer', asked: 0, now: 1, version: 7, accepted: true }], false).stale).to.equal(true);
    expect(fold([{ from: 'answer', asked: 0, now: 1, etag: 'W/"7"', accepted: true }]).stale).to.equal(true);
  });

  it('keeps what events told when a lagging replica answers with less', () => {
    const at5 = fold([{ from: 'event', arrived: 1, now: 1, version: 5 }]);
    const gap = newest(at5, { from: 'gap', arrived: 2 }, true);
    expect(newest(gap, { from: 'answer', asked: 2, now: 3, etag: '"4"', accepted: true }, true)).to.include({
      etag: '"5"',
      stale: false,
      unseen: false,
    });
    const refused = newest(at5, { from: 'answer', asked: 1, now: 3, etag: '"4"', sent: '"5"', accepted: false }, true);
    expect(refused).to.include({ etag: '"5"', refused: 5 });
    const versionOnly = fold([{ from: 'event', arrived: 1, now: 1, version: 5 }], false);
    expect(newest(versionOnly, { from: 'answer', asked: 1, now: 3, version: 4, etag: '"x"', accepted: true }, false).etag).to.equal(
      undefined,
    );
  });

  it('does not take a refusal that repeats the refused ETag for news', () => {
    const at5 = fold([{ from: 'event', arrived: 1, now: 1, version: 5 }]);
    expect(newest(at5, { from: 'answer', asked: 1, now: 2, etag: '"5"', sent: '"5"', accepted: false }, true)).to.include({
      stale: true,
      refused: 5,
    });
    const at6 = newest(at5, { from: 'event', arrived: 2, now: 2, version: 6 }, true);
    expect(newest(at6, { from: 'answer', asked: 1, now: 3, sent: '"5"', accepted: false }, true)).to.include({ etag: '"6"', stale: false });
  });
});

describe('whether event versions are ETags', () => {
  const at5 = fold([{ from: 'event', arrived: 1, now: 1, version: 5 }]);

  it('is contradicted by an ETag of another form', () => {
    expect(contradicts(at5, { etag: '"9f3a"', accepted: true })).to.equal(true);
  });

  it('is contradicted by a lower ETag where the newest version was refused, in the answer or in the read after it', () => {
    expect(contradicts(at5, { etag: '"2"', sent: '"5"', accepted: false })).to.equal(true);
    const refused = newest(at5, { from: 'answer', asked: 1, now: 2, sent: '"5"', accepted: false }, true);
    expect(contradicts(refused, { etag: '"2"', accepted: true })).to.equal(true);
  });

  it('is not contradicted by a higher one, by a lagging read, by none, by a weak one, or before any event', () => {
    expect(contradicts(at5, { etag: '"6"', accepted: true })).to.equal(false);
    expect(contradicts(at5, { etag: '"4"', accepted: true })).to.equal(false);
    expect(contradicts(at5, { accepted: true })).to.equal(false);
    expect(contradicts(at5, { etag: 'W/"5"', accepted: true })).to.equal(false);
    expect(contradicts(nothingKnown, { etag: '"9f3a"', accepted: true })).to.equal(false);
  });
});

describe('ETags', () => {
  it('are compared strongly: a weak one is none', () => {
    expect(strong('W/"1"')).to.equal(undefined);
    expect(strong('"1"')).to.equal('"1"');
    expect(strong(undefined)).to.equal(undefined);
  });

  it('stand for a version only as digits in quotes', () => {
    expect(versionOfEtag('"12"')).to.equal(12);
    // the highest that is taken from an event: its ETag must be known again when it is refused
    expect(versionOfEtag(`"${Number.MAX_SAFE_INTEGER}"`)).to.equal(Number.MAX_SAFE_INTEGER);
    for (const other of [undefined, '12', '"12', '"1a"', '"-1"', '"1.5"', 'W/"1"', '""', `"${'9'.repeat(16)}"`])
      expect(versionOfEtag(other)).to.equal(undefined);
  });
});
