import { expect } from 'chai';
import { Stories, type Story } from '../../../src/cli/tail/stories.js';
import { accepted, callId, entry, type line, wishId, write } from './lines.js';

type Line = Parameters<typeof line>;

/** The stories that some lines tell. */
function told(...lines: Line[]): (Story & { words: string })[] {
  const stories = new Stories();
  return lines
    .map((each) => stories.take(entry(...each)))
    .filter((story) => story !== undefined)
    .map((story) => ({ ...story, words: story.words.replaceAll('\u00a0', ' ') }));
}

const end = (ms: number, how: string, fields: Record<string, unknown> = {}): Line => [
  ms,
  `intent.${how}`,
  { intentId: wishId, conversationId: callId, ...fields },
];

describe('the story of a wish', () => {
  it('is one line when it is written: what, how long since the wish, after what', () => {
    const lines = [
      accepted(0),
      write(50, 'sent'),
      write(120, 'conflict'),
      write(121, 'sent'),
      write(212, 'applied'),
      end(300, 'confirmed'),
    ];
    expect(told(...lines)).to.deep.equal([{ words: 'tier → written in 212 ms, 1 conflict', style: 'green', tookMs: [212] }]);
  });

  it('shows values where the log holds them', () => {
    const attributes = { p1: { tier: 'gold', note: 'two words' } };
    expect(told(accepted(0), write(10, 'applied', { attributes }))[0]?.words).to.equal('tier=gold, note="two words" → written in 10 ms');
  });

  it('counts failures apart from conflicts', () => {
    const [story] = told(accepted(0), write(1, 'failed'), write(2, 'failed'), write(3, 'conflict'), write(1_500, 'applied'));
    expect(story).to.include({ words: 'tier → written in 1.5 s, 1 conflict, 2 failures', style: 'yellow' });
  });

  it('is one for wishes that were merged, with the time of the oldest, and each one’s time for the figures', () => {
    const both = { intentIds: [wishId, 'second'], keys: ['tier', 'case'] };
    const [story] = told(accepted(0), accepted(60, { intentId: 'second' }), write(70, 'conflict'), write(100, 'applied', both));
    expect(story).to.deep.equal({
      words: 'tier, case → written in 100 ms, 1 conflict, 2 wishes in one',
      style: 'green',
      tookMs: [100, 40],
    });
  });

  it('leaves the time out where the wish, or one of those merged, was made before the first line', () => {
    expect(told(write(0, 'applied', { waitedMs: 130, tookMs: 80 }))).to.deep.equal([
      { words: 'tier → written', style: 'green', tookMs: [] },
    ]);
    expect(told(write(0, 'conflict'), write(9, 'applied'))[0]?.words).to.equal('tier → written, 1 conflict');
    const both = { intentIds: [wishId, 'second'] };
    expect(told(accepted(60, { intentId: 'second' }), write(100, 'applied', both))).to.deep.equal([
      { words: 'tier → written, 2 wishes in one', style: 'green', tookMs: [40] },
    ]);
    expect(told(write(0, 'applied', { intentIds: undefined, keys: undefined }))[0]?.words).to.equal('a wish → written');
  });

  it('begins anew when what was written was overwritten, and a conflict of before does not count again', () => {
    const lines = [
      accepted(0),
      write(5, 'conflict'),
      write(10, 'applied'),
      end(20, 'confirmed'),
      end(1_000, 'reasserted', { keys: ['tier'] }),
      write(1_080, 'applied'),
    ];
    expect(told(...lines).map(({ words }) => words)).to.deep.equal([
      'tier → written in 10 ms, 1 conflict',
      'tier → written again in 80 ms',
    ]);
    const unconfirmed = [accepted(0), write(5, 'conflict'), write(10, 'applied'), write(20, 'applied')];
    expect(told(...unconfirmed).map(({ words }) => words)[1]).to.equal('tier → written in 20 ms');
  });

  for (const [how, fields, words, style] of [
    ['satisfied', {}, 'stood already, nothing is sent', 'green'],
    ['superseded', {}, 'superseded by newer wishes', 'dim'],
    ['unconfirmed', { reason: 'the call is gone', status: 404 }, 'written, but not confirmed, the call is gone, status 404', 'yellow'],
    [
      'dead',
      { reason: 'refused', status: 403, code: 'not.authorized', correlationId: 'c-1', attempts: 2 },
      'dead: refused, status 403, not.authorized, correlation c-1, 2 requests',
      'red',
    ],
  ] as const)
    it(`tells what was ${how}, with the keys of the wish`, () => {
      expect(told(accepted(0, { keys: ['tier'] }), end(9, how, fields))).to.deep.equal([{ words: `tier → ${words}`, style, tookMs: [] }]);
      expect(told(accepted(0), write(1, 'failed'), end(9, how, fields))[0]?.words).to.equal(`tier → ${words}`);
      expect(told(end(9, how, { ...fields, keys: ['case'] }))[0]?.words).to.equal(`case → ${words}`);
      expect(told(end(9, how, fields))[0]?.words).to.equal(`a wish → ${words}`);
    });

  it('begins again with the retry of a dead letter', () => {
    const retried: Line = [5_000, 'deadletter.retried', { intentId: wishId, conversationId: callId, keys: ['tier'] }];
    expect(told(accepted(0), end(10, 'dead'), retried, write(5_100, 'applied')).at(-1)?.words).to.equal('tier → written in 100 ms');
  });

  it('is not told by what is no end of a wish', () => {
    expect(told([0, 'conversation.started', { conversationId: callId }], write(0, 'held'), write(1, 'waiting'))).to.be.empty;
  });

  it('does not keep every wish that was ever begun', () => {
    const stories = new Stories();
    for (let wish = 0; wish <= 20_000; wish += 1) stories.take(entry(...accepted(0, { intentId: String(wish), keys: ['tier'] })));
    const superseded = (id: string): string | undefined => stories.take(entry(1, 'intent.superseded', { intentId: id }))?.words;
    expect(superseded('0')).to.match(/^a wish/);
    expect(superseded('1')).to.match(/^tier/);
  });
});
