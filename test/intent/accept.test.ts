import { expect } from 'chai';
import { Deadlines } from '../../src/base/deadlines.js';
import { acceptIntent } from '../../src/intent/accept.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import { KeptOutbox } from '../../src/intent/kept-outbox.js';
import { FakeClock } from '../support/fake-clock.js';
import { RecordingLog } from '../support/recording-log.js';

describe('the acceptance of an intent', () => {
  function open(values = false): { outbox: KeptOutbox; log: RecordingLog } {
    const clock = new FakeClock();
    const log = new RecordingLog({ values });
    return {
      outbox: new KeptOutbox({
        clock,
        deadlines: new Deadlines(clock),
        log,
        keepFinished: 1,
        keepDead: 30 * 86_400_000,
        maxBytes: 1024 ** 3,
        store: new MemoryStore(),
      }),
      log,
    };
  }

  it('is told with its keys, not with their values', async () => {
    const deps = open();
    const intent = await acceptIntent(deps, {
      conversationId: 'c1',
      participant: { id: 'p1' },
      attributes: { tier: 'confidential' },
      rule: 'r',
    });
    expect(deps.log.lines).to.deep.equal([
      {
        level: 'info',
        event: 'intent.accepted',
        message: 'wished for by rule r',
        fields: { intentId: intent?.id, conversationId: 'c1', participantId: 'p1', rule: 'r', keys: ['tier'] },
      },
    ]);
  });

  it('is told with the values where log.values is on', async () => {
    const deps = open(true);
    await acceptIntent(deps, { conversationId: 'c1', participant: { purpose: 'customer' }, attributes: { tier: 'gold' } });
    expect(deps.log.lines[0]?.message).to.equal('wished for over the local API');
    expect(deps.log.of('intent.accepted')[0]).to.deep.include({ participantId: '@customer', attributes: { tier: 'gold' } });
  });

  it('is told without keys where a lookup must answer first', async () => {
    const deps = open();
    await acceptIntent(deps, { conversationId: 'c1', participant: { id: 'p1' }, attributes: undefined, rule: 'r' });
    expect(deps.log.of('intent.accepted')[0]).to.include({ keys: undefined });
  });

  it('is not told for a firing that was accepted before', async () => {
    const deps = open();
    const request = { conversationId: 'c1', participant: { id: 'p1' }, attributes: {}, rule: 'r', firing: 'f' };
    expect(await acceptIntent(deps, request)).not.to.equal(undefined);
    expect(await acceptIntent(deps, request)).to.equal(undefined);
    expect(deps.log.of('intent.accepted')).to.have.length(1);
  });
});
