import { expect } from 'chai';
import { deadLettersPage } from '../../src/cli/dead-letters-page.js';
import { widest } from '../support/asked.js';

const letter = {
  intentId: 'aaaaaaaa-1111-4000-8000-000000000000',
  conversationId: '0f1bd8f2-5d5e-4a0c-9a36-3f2bb0a3b6d1',
  participantId: '@customer',
  rule: 'customer-tier',
  keys: ['tier'],
  acceptedAt: '2026-01-02T03:04:05.006Z',
  deadAt: '2026-01-02T03:19:05.006Z',
  attempts: 3,
  reason: { what: 'PATCH of voice: forbidden, grant the missing permission to the OAuth client', body: '{"x":1}', correlationId: 'c-1' },
};

describe('the page of dead letters', () => {
  it('says of each whose it is, what was wished and why it is dead, within 80 columns', () => {
    const page = deadLettersPage({ deadLetters: [letter] }, (_, text) => text);
    expect(page.split('\n')).to.deep.equal([
      letter.intentId,
      '  dead          2026-01-02T03:19:05Z (accepted 2026-01-02T03:04:05Z), 3 requests',
      `  conversation  ${letter.conversationId}`,
      '  participant   @customer',
      '  wished        rule customer-tier: tier',
      '  why           PATCH of voice: forbidden, grant the missing permission to the',
      '                OAuth client, {"x":1}, correlation c-1',
      '',
    ]);
    expect(widest(page)).to.be.at.most(80);
  });

  it('shows values where they were asked for, and what is not known', () => {
    const page = deadLettersPage(
      {
        deadLetters: [
          { ...letter, rule: undefined, attributes: { tier: 'gold' }, reason: undefined },
          { ...letter, keys: undefined },
        ],
      },
      (_, text) => text,
    );
    expect(page).to.contain('local API: tier="gold"').and.to.contain('it does not say').and.to.contain('its lookup never answered');
  });

  it('names the keys that a reason is about', () => {
    const page = deadLettersPage(
      { deadLetters: [{ ...letter, reason: { what: 'overwritten', keys: ['tier', 'id'] } }] },
      (_, text) => text,
    );
    expect(page).to.contain('why           overwritten (tier, id)\n');
  });

  it('says that there are none', () => {
    expect(deadLettersPage({ deadLetters: [] }, (_, text) => text)).to.equal('no dead letters\n');
  });
});
