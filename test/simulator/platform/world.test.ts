import { expect } from 'chai';
import { bodyA, bodyB, etagOf } from '../../../src/simulator/platform/bodies.js';
import { Org } from '../org.js';

describe('the world of the simulator', () => {
  it('makes the version one higher with each change, and tells it', () => {
    const org = new Org();
    const versions: number[] = [];
    const unlisten = org.world.listen(({ version }) => versions.push(version));
    const call = org.call();
    call.bump();
    org.world.write(call.conversation!, new Map([[call.conversation!.participants[0]!, { a: '1' }]]));
    unlisten();
    call.bump();
    expect(versions).to.deep.equal([1, 2, 3, 4]);
    expect(etagOf(call.conversation!)).to.equal('"5"');
  });

  it('tells a write to several participants only when all of it is done: a version is one state', () => {
    const org = new Org();
    const call = org.call();
    const told = new Map<number, Set<string>>();
    const changes: unknown[] = [];
    org.world.listen((conversation, change) => {
      told.set(conversation.version, (told.get(conversation.version) ?? new Set()).add(JSON.stringify(bodyB(conversation))));
      changes.push(change);
    });
    const [customer, ivr] = call.conversation!.participants;
    org.world.write(
      call.conversation!,
      new Map([
        [customer!, { a: '1' }],
        [ivr!, { b: '2' }],
      ]),
    );
    expect([...told].map(([version, states]) => [version, states.size])).to.deep.equal([[3, 1]]);
    expect(changes).to.deep.equal([
      { kind: 'attributes', participantId: customer!.id, attributes: { a: '1' } },
      { kind: 'attributes', participantId: ivr!.id, attributes: { b: '2' } },
    ]);
  });

  it("makes a participant's attributes exactly what they are replaced by, as one change", () => {
    const org = new Org();
    const call = org.call();
    const [customer] = call.conversation!.participants;
    org.world.write(call.conversation!, new Map([[customer!, { tier: 'gold', language: 'de' }]]));
    const changes: unknown[] = [];
    org.world.listen(({ version }, change) => changes.push([version, change]));
    const copy = { language: 'en' };
    org.world.replace(call.conversation!, new Map([[customer!, copy]]));
    expect(customer!.attributes).to.deep.equal({ language: 'en' });
    expect(changes).to.deep.equal([[4, { kind: 'attributes', participantId: customer!.id, attributes: { language: 'en' } }]]);
    org.world.write(call.conversation!, new Map([[customer!, { tier: 'gold' }]]));
    expect(copy).to.deep.equal({ language: 'en' });
  });

  it('shows a conversation in both shapes', () => {
    const org = new Org();
    const call = org.call();
    call.perform({ do: 'alert', userId: 'ada' });
    call.perform({ do: 'connect' });
    const a = bodyA(call.conversation!);
    expect(a).to.include({ id: call.id, recordingState: 'ACTIVE' }).and.not.to.have.any.keys('startTime', 'version', 'etag');
    expect(a).to.have.nested.property('participants[3].userId', 'ada');
    expect(a).to.have.nested.property('participants[3].calls[0].state', 'connected');
    expect(a).to.have.nested.property('participants[1].calls[0].disconnectedTime');
    const b = bodyB(call.conversation!);
    expect(b).to.include({ id: call.id, recordingState: 'active' }).and.not.to.have.any.keys('startTime', 'version', 'etag');
    expect(b).to.have.nested.property('participants[3].user.id', 'ada');
    expect(b).to.have.nested.property('participants[3].queue.id', 'billing');
    expect(b).to.have.nested.property('participants[3].recordingState', 'active');
    expect(b).to.have.nested.property('participants[0].direction', 'inbound');
  });

  it('shows after-call work where the platform does', () => {
    const org = new Org();
    const call = org.call();
    const work = (): unknown => {
      const { participants } = bodyA(call.conversation!) as { participants: { calls: { afterCallWork?: unknown }[] }[] };
      return participants[3]?.calls[0]?.afterCallWork;
    };
    call.perform({ do: 'alert', userId: 'ada' });
    call.perform({ do: 'connect' });
    expect(work()).to.be.undefined;
    call.perform({ do: 'hang-up' });
    expect(work()).to.deep.equal({ state: 'PENDING' });
    call.perform({ do: 'wrap-up' });
    expect(work()).to.deep.equal({ state: 'COMPLETE' });
  });
});
