import { expect } from 'chai';
import { storySchema } from '../../../src/intent/local-api/story.js';
import { Bench, participant } from '../support/bench.js';
import { Api } from '../support/api.js';

describe('the story of a conversation over the local API', () => {
  let api: Api;

  const open = async (options: ConstructorParameters<typeof Api>[0] = {}): Promise<void> => {
    api = await new Api(options).open();
  };
  afterEach(() => api.close());

  /** An API beside a registry that holds `c1`. */
  async function held(options: ConstructorParameters<typeof Api>[0] = {}): Promise<void> {
    const bench = new Bench({ rules: [] });
    await bench.tell([participant('p1', 'customer', { attributes: { tier: 'confidential' } })]);
    await open({ registry: bench.registry, ...options });
  }

  it('is 404 for one of which nothing is known', async () => {
    await open();
    const { status, body } = await api.call('/conversations/c1');
    expect(status).to.equal(404);
    expect(body).to.include({ path: 'cid' }).and.to.have.property('remedy');
  });

  it('shows state, participants, wishes and journal, and no value', async () => {
    await held();
    const { body: accepted } = await api.put({ attributes: { tier: 'confidential' } });
    const { status, body } = await api.call('/conversations/c1');
    expect(status).to.equal(200);
    const story = storySchema.parse(body);
    expect(story).to.deep.include({ conversationId: 'c1', known: true, over: false, pipelines: [] });
    expect(story.participants.map(({ id, purpose, attributes }) => ({ id, purpose, attributes }))).to.deep.equal([
      { id: 'p1', purpose: 'customer', attributes: { tier: '…' } },
    ]);
    expect(story.intents).to.have.length(1);
    expect(story.intents[0]).to.deep.include({ intentId: accepted['intentId'], keys: ['tier'], state: 'accepted' });
    expect(story.journal).to.deep.equal([
      {
        at: new Date(api.clock.wall()).toISOString(),
        event: 'intent.accepted',
        intentId: accepted['intentId'],
        participantId: 'p1',
        keys: ['tier'],
      },
    ]);
    expect(JSON.stringify(body)).not.to.contain('confidential');
  });

  it('tells the journal in words to who asks for them', async () => {
    await held();
    await api.put({ attributes: { tier: 'confidential' } });
    const [entry] = storySchema.parse((await api.call('/conversations/c1?says=true')).body).journal;
    expect(entry?.says).to.match(/^wished by the local API: tier, for p1, wish /);
    expect(entry?.style).to.equal('bold');
    expect(storySchema.parse((await api.call('/conversations/c1')).body).journal[0]).not.to.have.any.keys('says', 'style');
  });

  it('shows the values of attributes and wishes to who asks for them', async () => {
    await held();
    await api.put({ attributes: { tier: 'platinum' } });
    const story = storySchema.parse((await api.call('/conversations/c1?values=true')).body);
    expect(story.participants[0]?.attributes).to.deep.equal({ tier: 'confidential' });
    expect(story.intents[0]?.attributes).to.deep.equal({ tier: 'platinum' });
    expect(JSON.stringify((await api.call('/conversations/c1?values=false')).body)).not.to.match(/confidential|platinum/);
  });

  it('shows them to all where log.values is on, in the journal too', async () => {
    await held({ values: true });
    await api.put({ attributes: { tier: 'platinum' } });
    const story = storySchema.parse((await api.call('/conversations/c1')).body);
    expect(story.participants[0]?.attributes).to.deep.equal({ tier: 'confidential' });
    expect(story.journal[0]?.['attributes']).to.deep.equal({ tier: 'platinum' });
  });

  it('is told from the intents or the journal where the conversation is not held', async () => {
    await open();
    await api.put({ attributes: { a: '1' } });
    api.journal.record('c2', 'conversation.started', { version: 1 });
    const [first, second] = [await api.call('/conversations/c1'), await api.call('/conversations/c2')];
    expect([first.status, first.body['known'], second.status]).to.deep.equal([200, false, 200]);
    expect(first.body).not.to.have.any.keys('over', 'version', 'etag');
    expect(second.body).to.deep.include({ participants: [], intents: [] });
  });

  it('shows what the daemon says is being written', async () => {
    const work = { at: 'waiting', until: '2026-01-01T00:00:00.150Z' };
    await held({ pipelines: (id) => (id === 'c1' ? [work] : []) });
    expect((await api.call('/conversations/c1')).body['pipelines']).to.deep.equal([work]);
  });

  it('tells folded events, and what the journal dropped', async () => {
    await open();
    for (const version of [2, 3]) api.journal.record('c1', 'conversation.changed', { version, outcome: 'newer' });
    for (let count = 0; count < 210; count += 1) api.journal.record('c1', 'write.sent', { count });
    const { journal, dropped } = storySchema.parse((await api.call('/conversations/c1')).body);
    expect(journal).to.have.length(200);
    expect(journal[0]).to.deep.include({
      version: 2,
      folded: { count: 2, lastAt: journal[0]?.at, newest: { version: 3, outcome: 'newer' }, outcomes: { newer: 2 } },
    });
    expect(dropped).to.deep.equal({ after: 20, entries: 11 });
    expect([journal[19]?.['count'], journal[20]?.['count']]).to.deep.equal([18, 30]);
  });
});
