import { expect } from 'chai';
import { OwnKeys } from '../../src/contact/own-keys.js';
import type { Reading } from '../../src/contact/probed-target.js';
import type { Answer } from '../../src/genesys/answer.js';

type Values = Readonly<Record<string, string>>;

const answered = (status: number): Answer => ({ status, headers: {}, body: undefined, code: undefined, correlationId: undefined });
/** A read of these attributes; undefined: the platform failed. */
const reading = (own: Values | undefined): Reading => ({
  answer: answered(own === undefined ? 503 : 200),
  etag: undefined,
  content: own === undefined ? undefined : { participants: [], own },
});
const merging = (before: Values, values: Values): Values => ({ ...before, ...values });

/** A target that holds `present`, and the writes that came to it. */
function setUp(
  present: Values | undefined,
  write: (before: Values, values: Values) => Values | undefined = merging,
): { own: OwnKeys; writes: Values[]; present: () => Values | undefined } {
  let holds = present;
  const writes: Values[] = [];
  const read = (): Promise<Reading> => Promise.resolve(reading(holds));
  const probed: ConstructorParameters<typeof OwnKeys>[0]['probed'] = {
    read,
    readUntil: async (met) => {
      const last = await read();
      return { read: last, after: met(last) ? 0 : undefined };
    },
    write: (values) => {
      writes.push(values);
      const next = write(holds ?? {}, values);
      if (next !== undefined) holds = next;
      return Promise.resolve(answered(next === undefined ? 409 : 200));
    },
    value: ({ content }, key) => content?.own?.[key],
    attributes: ({ content }) => content?.own ?? {},
  };
  return { own: new OwnKeys({ probed, keys: ['mine', 'too'] }), writes, present: () => holds };
}

const first = reading({ tier: 'gold', language: 'de' });

describe('the keys of a probe', () => {
  it('are emptied, and nothing else is written where writes merge', async () => {
    const { own, writes, present } = setUp({ tier: 'silver', language: 'de', mine: '1', too: '' });
    expect(await own.clean(first, false)).to.equal('');
    expect(writes).to.deep.equal([{ mine: '' }]);
    expect(present()).to.deep.equal({ tier: 'silver', language: 'de', mine: '', too: '' });
  });

  it('are not written where they are empty or gone', async () => {
    const { own, writes } = setUp({ tier: 'gold', language: 'de', mine: '' });
    expect(await own.clean(first, false)).to.equal('');
    expect(writes).to.deep.equal([]);
  });

  it('are emptied beside what is put back where a write replaced the map, and what is newer there stays', async () => {
    const { own, present } = setUp({ mine: '1', tier: 'silver' }, (_, values) => values);
    expect(await own.clean(first, true)).to.equal('');
    expect(present()).to.deep.equal({ tier: 'silver', language: 'de', mine: '' });
  });

  it('bring back what is gone even where that was not yet found out', async () => {
    const { own, present } = setUp({ mine: '1' }, (_, values) => values);
    expect(await own.clean(first, false)).to.equal('');
    expect(present()).to.deep.equal({ tier: 'gold', language: 'de', mine: '' });
  });

  it('bring back no key of others that its owner deleted', async () => {
    const { own, writes } = setUp({ language: 'de', mine: '1' });
    expect(await own.clean(first, false)).to.equal('');
    expect(writes).to.deep.equal([{ mine: '' }]);
  });

  it('write nothing where it cannot be read what is there: it might be old by now', async () => {
    const { own, writes } = setUp(undefined);
    expect(await own.clean(first, true)).to.equal('not known, a read says: 503');
    expect(writes).to.deep.equal([]);
  });

  it('are tried five times on a call that moves, and named where they stay', async () => {
    const { own, writes } = setUp({ tier: 'gold', language: 'de', mine: '1', too: '2' }, () => undefined);
    expect(await own.clean(first, false)).to.equal('mine, too');
    expect(writes).to.have.length(5);
  });
});
