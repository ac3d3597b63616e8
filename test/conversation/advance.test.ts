import { expect } from 'chai';
import fc from 'fast-check';
import { advance, withParticipant } from '../../src/conversation/advance.js';
import { stateRank, type Participant, type Snapshot } from '../../src/conversation/snapshot.js';

/** As the normaliser makes them: every field is there, known or not. */
const whole = (participant: Participant): Participant => ({
  ...{ purpose: undefined, state: undefined, attributes: undefined, userId: undefined, queueId: undefined, media: undefined },
  ...{ address: undefined, ani: undefined, dnis: undefined, startTime: undefined, connectedTime: undefined, endTime: undefined },
  ...{ version: undefined, etag: undefined },
  ...participant,
});
const snapshot = (participants: readonly Participant[], rest: Partial<Snapshot> = {}): Snapshot => ({
  id: 'c',
  participants: participants.map(whole),
  version: undefined,
  etag: undefined,
  endTime: undefined,
  shape: 'B',
  ...rest,
});
const customer: Participant = { id: 'p', purpose: 'customer', state: 'connected', attributes: { a: '1' } };

describe('a snapshot on top of what is known', () => {
  it('is newer with a higher version, a duplicate with the same, older with a lower one, whatever it shows', () => {
    const known = snapshot([customer], { version: 5 });
    expect(advance(undefined, known)).to.deep.equal({ outcome: 'newer', snapshot: known });
    expect(advance(known, snapshot([], { version: 6 })).outcome).to.equal('newer');
    expect(advance(known, snapshot([{ ...customer, state: 'terminated' }], { version: 5 })).outcome).to.equal('duplicate');
    expect(advance(known, snapshot([customer], { version: 4 })).outcome).to.equal('older');
  });

  it('without a version is a duplicate if it changes nothing, and newer if it does', () => {
    const known = snapshot([customer]);
    expect(advance(known, snapshot([{ ...customer }])).outcome).to.equal('duplicate');
    expect(advance(known, snapshot([{ ...customer, attributes: { a: '2' } }]))).to.deep.include({ outcome: 'newer' });
  });

  it('without a version is older if a state goes back, an end is taken back, or a participant is gone', () => {
    const ended: Participant = { ...customer, state: 'terminated', endTime: '2026-01-01T00:00:00Z' };
    expect(advance(snapshot([ended]), snapshot([customer])).outcome).to.equal('older');
    expect(advance(snapshot([{ ...ended, state: 'odd' }]), snapshot([{ ...customer, state: 'odd' }])).outcome).to.equal('older');
    expect(advance(snapshot([customer, { id: 'q' }]), snapshot([customer])).outcome).to.equal('older');
  });

  it('of another topic family may lack participants: they are kept', () => {
    const known = snapshot([customer, { id: 'q', purpose: 'agent' }]);
    const next = advance(known, snapshot([{ ...customer, state: 'disconnected' }], { shape: 'A' }));
    expect(next).to.deep.include({ outcome: 'newer' });
    expect(next.outcome === 'newer' && next.snapshot.participants.map(({ id }) => id)).to.deep.equal(['p', 'q']);
  });

  it('keeps what the newer body does not tell, and takes the attributes that it tells as a whole', () => {
    const known = snapshot([{ ...customer, ani: '+1' }], { version: 1 });
    const next = advance(known, snapshot([{ id: 'p', attributes: { b: '2' } }, { id: 'new' }], { version: 2 }));
    expect(next).to.deep.equal({
      outcome: 'newer',
      snapshot: {
        id: 'c',
        shape: 'B',
        version: 2,
        etag: undefined,
        endTime: undefined,
        participants: [whole({ ...customer, ani: '+1', attributes: { b: '2' } }), whole({ id: 'new' })],
      },
    });
  });

  it('takes nothing back of a participant that an answer told as of a later version', () => {
    const known = snapshot([{ ...customer, attributes: { a: 'written' } }], { version: 5 });
    const next = advance(known, snapshot([{ ...customer, attributes: { a: 'before' } }], { version: 6 }), () => 7);
    expect(next.outcome === 'newer' && next.snapshot.participants[0]?.attributes).to.deep.equal({ a: 'written' });
  });

  it('never lets a state rank or an end go back, in whatever order versionless snapshots come', () => {
    const state = fc.constantFrom('alerting', 'connected', 'disconnected', 'terminated', 'unheard-of');
    const drawn = fc.array(fc.record({ state, ended: fc.boolean(), shape: fc.constantFrom('A' as const, 'B' as const) }), {
      minLength: 1,
      maxLength: 15,
    });
    fc.assert(
      fc.property(drawn, (all) => {
        let known: Snapshot | undefined;
        for (const each of all) {
          const next = advance(
            known,
            snapshot([{ id: 'p', state: each.state, endTime: each.ended ? 'then' : undefined }], { shape: each.shape }),
          );
          if (next.outcome !== 'newer') continue;
          const [before, after] = [known?.participants[0], next.snapshot.participants[0]];
          expect(stateRank(after?.state) ?? Infinity).to.be.at.least(stateRank(before?.state) ?? -Infinity);
          if (before?.endTime !== undefined) expect(after?.endTime).to.equal('then');
          known = next.snapshot;
        }
      }),
    );
  });
});

describe('what an answer tells of one participant', () => {
  it('replaces its attributes when it is a read, and adds to them when it is an own write', () => {
    const known = snapshot([customer, { id: 'q' }]);
    expect(withParticipant(known, { id: 'p', attributes: { b: '2' } }, 'whole').participants[0]?.attributes).to.deep.equal({ b: '2' });
    expect(withParticipant(known, { id: 'p', attributes: { b: '2' } }, 'merge').participants[0]?.attributes).to.deep.equal({
      a: '1',
      b: '2',
    });
  });

  it('adds a participant that a read shows for the first time, but not one that only a write names', () => {
    const known = snapshot([customer]);
    expect(withParticipant(known, { id: 'new' }, 'whole').participants).to.have.length(2);
    expect(withParticipant(known, { id: 'new' }, 'merge')).to.equal(known);
  });
});
