import { expect } from 'chai';
import { remainderOf } from '../../src/intent/dead-letters.js';
import type { Intent } from '../../src/intent/intent.js';

const base = { conversationId: 'c', acceptedAt: 0, attempts: 1 } as const;
const attributes = { tier: 'gold', id: '1' };
const dead = { ...base, id: 'dead', sequence: 5, state: 'dead', participant: { id: 'p1' }, attributes } as const;

const newer = (change: Partial<Intent> = {}): Intent => ({
  ...base,
  id: 'newer',
  sequence: 6,
  state: 'applied',
  participant: { id: 'p1' },
  attributes: { tier: 'silver' },
  ...change,
});

describe('what is left of a dead letter', () => {
  it('is all of it where nobody has wished since', () => {
    expect(remainderOf(dead, [dead])).to.deep.equal({ left: attributes, superseded: [] });
  });

  it('is not what a newer wish has set', () => {
    expect(remainderOf(dead, [dead, newer()])).to.deep.equal({ left: { id: '1' }, superseded: ['tier'] });
    const both = [newer(), newer({ sequence: 7, attributes: { id: '2' } })];
    expect(remainderOf(dead, both)).to.deep.equal({ left: {}, superseded: ['tier', 'id'] });
  });

  for (const state of ['accepted', 'waiting', 'sent', 'applied', 'confirmed', 'satisfied', 'superseded'] as const)
    it(`gives way to a newer wish that is ${state}`, () => {
      expect(remainderOf(dead, [newer({ state })]).superseded).to.deep.equal(['tier']);
    });

  for (const [what, change] of [
    ['an older wish', { sequence: 4 }],
    ['a newer one that is dead itself', { state: 'dead' }],
    ['a newer one for another participant', { participant: { id: 'p2' } }],
    ['a newer one that was found to be for another participant', { participant: { purpose: 'customer' }, writtenTo: 'p2' }],
    ['a newer one whose participant is not found yet', { participant: { purpose: 'customer' } }],
    ['a newer one whose values are not known yet', { attributes: undefined }],
    ['a newer one for other keys', { attributes: { toString: 'x', other: 'y' } }],
  ] as const)
    it(`gives not way to ${what}`, () => {
      expect(remainderOf(dead, [newer(change)])).to.deep.equal({ left: attributes, superseded: [] });
    });

  it('gives way to a newer one that was found to be for the same participant, or is for the same purpose', () => {
    const byPurpose = { ...dead, participant: { purpose: 'customer' } };
    expect(remainderOf(dead, [newer({ participant: { purpose: 'customer' }, writtenTo: 'p1' })]).superseded).to.deep.equal(['tier']);
    expect(remainderOf({ ...byPurpose, writtenTo: 'p1' }, [newer()]).superseded).to.deep.equal(['tier']);
    expect(remainderOf(byPurpose, [newer({ participant: { purpose: 'customer' }, writtenTo: 'p1' })]).superseded).to.deep.equal(['tier']);
    expect(remainderOf(byPurpose, [newer({ participant: { purpose: 'agent' } })]).superseded).to.be.empty;
    expect(remainderOf(byPurpose, [newer()]).superseded).to.be.empty;
  });
});
