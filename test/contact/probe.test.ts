import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.js';
import type { WriteTargetName } from '../../src/config/schema.js';
import { probe, type ProbeReport } from '../../src/contact/probe.js';
import type { Call } from '../../src/simulator/calls/call.js';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { cleanup } from '../genesys/support/cleanup.js';
import { AheadClock, fillChannels } from '../support/full-client.js';
import { configFor, customerAttributes, openSimulator, queuedCall, type ConfigInput } from '../support/house.js';
import { RecordingLog } from '../support/recording-log.js';

interface Probing {
  faults?: ScenarioInput['faults'];
  scenario?: ScenarioInput;
  config?: ConfigInput;
  /** What is done to the call before. */
  before?: (call: Call, simulator: Simulator) => void;
  conversationId?: string;
  participantId?: (call: Call) => string;
  confirm?: () => boolean;
  stopped?: () => boolean;
  only?: WriteTargetName[];
}

describe('a probe of the org', () => {
  const closing = cleanup();
  let simulator: Simulator;
  let ahead: AheadClock;
  let call: Call;

  const probing = async (options: Probing = {}): Promise<ProbeReport> => {
    const { faults = {}, scenario = {}, config = {}, before, conversationId, participantId, confirm = (): boolean => true } = options;
    const { stopped, only } = options;
    const opened = await openSimulator({ targets: ['voice'], ...scenario, faults }, 1, (ahead = new AheadClock()));
    closing(() => opened.close());
    simulator = opened;
    call = queuedCall(opened);
    simulator.world.write(call.conversation!, new Map([[call.conversation!.participants[0]!, { tier: 'gold' }]]));
    before?.(call, simulator);
    return probe({
      ...{ config: configFor(simulator, config), clientSecret: () => simulatorClient.secret, clock: systemClock, log: new RecordingLog() },
      ...{
        conversationId: conversationId ?? call.id,
        participantId: participantId?.(call),
        progress: () => undefined,
        unique: () => 'ab12',
        proxyFor: () => '',
      },
      confirm: () => Promise.resolve(confirm()),
      ...(stopped === undefined ? {} : { stopped }),
      only,
    });
  };
  const factsOf = (report: ProbeReport, name = 'voice'): Record<string, string> =>
    Object.fromEntries(report.targets.find(({ target }) => target === name)!.facts.map(({ what, found }) => [what, found]));
  const lines = ({ advice }: ProbeReport): unknown[] => advice.map(({ field, value }) => [field, value]);
  const rejection = (options: Probing): Promise<string> => probing(options).then(String, String);

  it('finds out how the versioned contract answers, and leaves its keys empty and nothing else changed', async () => {
    const report = await probing();
    const { 'shown by a read': read, 'shown by an event': event, ...facts } = factsOf(report);
    expect(facts).to.deep.equal({
      read: '200, strong ETag "3"',
      write: '200',
      'the event tells': 'version n is ETag "n", no ETag',
      'ETag after': 'another one; the answer to a write tells it',
      'other keys': 'kept: a write merges',
      'stale If-Match': '409 general.conflict; with the present ETag',
      'no If-Match': '200: a blind write is taken',
      '"" as value': 'stays as an empty value',
    });
    expect([read, event].join()).to.match(/^after \d+ ms,after \d+ ms$/);
    expect(lines(report)).to.deep.equal([['write.target', 'voice']]);
    expect(report.facts).to.deep.equal([{ what: 'topics', found: '1 of the config’s permitted ones tell of this call' }]);
    expect(customerAttributes(call)).to.deep.equal({ tier: 'gold', attributedProbeab12: '', attributedProbeab12B: '' });
    expect(simulator.channels.all()).to.deep.equal([]);
    expect(factsOf(report, 'attributes')).to.deep.include({ write: 'refused with 404 not.found: The requested resource was not found' });
  });

  for (const [what, faults, expected] of [
    [
      '412 without the ETag for 409 with it',
      { conflictStatus: 412, conflictEtag: false },
      { 'stale If-Match': '412 general.conflict; without the present ETag' },
    ],
    ['events with an ETag for a version', { eventVersions: 'etag' }, { 'the event tells': 'no version, an ETag that is the resource’s' }],
    ['events with neither', { eventVersions: 'none' }, { 'the event tells': 'no version, no ETag' }],
    ['ETags that no version stands for', { etags: 'opaque' }, { 'the event tells': 'version n is not ETag "n", no ETag' }],
    [
      'an If-Match that must be there',
      { ifMatch: 'required' },
      { 'no If-Match': '428 precondition.required: The request needs an If-Match header' },
    ],
    ['deletion by an empty value', { emptyAttributes: 'deleted' }, { '"" as value': 'deletes the key' }],
    ['no ETags at all', { etags: 'none' }, { read: '200, no ETag', 'ETag after': 'there is none; the answer to a write tells none' }],
  ] as const)
    it(`tells ${what}`, async () => {
      expect(factsOf(await probing({ faults }))).to.deep.include(expected);
    });

  it('finds that weak ETags never match, and that another target then fits', async () => {
    const report = await probing({ faults: { etags: 'weak' }, scenario: { targets: ['voice', 'attributes'] } });
    expect(factsOf(report)['read']).to.equal('200, weak ETag W/"3"');
    expect(factsOf(report)['write']).to.match(/^refused with W\/"3": 409 general\.conflict/);
    expect(lines(report)).to.deep.equal([['write.target', 'attributes']]);
  });

  it('prefers what is guarded to an If-Match that is ignored', async () => {
    const report = await probing({ faults: { ifMatch: 'ignored' }, scenario: { targets: ['voice', 'attributes'] } });
    expect(factsOf(report)['stale If-Match']).to.equal('ignored: 200, the write was carried out');
    expect(lines(report)).to.deep.equal([['write.target', 'attributes']]);
    const alone = await probing({ faults: { ifMatch: 'ignored' } });
    expect(alone.advice[0]).to.deep.equal({
      field: 'write.target',
      value: 'voice',
      why: 'it works, but an old precondition is not refused',
    });
  });

  it('puts back what a write took away that replaces the map, and advises against it', async () => {
    const report = await probing({ faults: { attributeWrites: 'replace' } });
    expect(factsOf(report)['other keys']).to.equal('lost: a write replaces the map');
    expect(lines(report)).to.deep.equal([]);
    expect(customerAttributes(call)).to.include({ tier: 'gold' });
    expect(Object.entries(customerAttributes(call)).filter(([, value]) => value !== '')).to.deep.equal([['tier', 'gold']]);
  });

  it('measures how late a 202 is carried out, and advises to wait for it', async () => {
    const report = await probing({
      faults: { acceptedDelay: [600, 600] },
      scenario: { targets: ['attributes'] },
      config: { write: { confirmWithin: '1s', target: 'voice' } },
    });
    const facts = factsOf(report, 'attributes');
    expect(facts['write']).to.equal('202');
    expect(Number(/after (\d+) ms/.exec(facts['shown by a read'] ?? '')?.[1])).to.be.at.least(500);
    expect(lines(report)[0]).to.deep.equal(['write.target', 'attributes']);
    expect(lines(report)[1]).to.have.property('0', 'write.confirmWithin');
  });

  it('knows the versions of secure and custom attributes', async () => {
    const report = await probing({
      scenario: { targets: ['secure-attributes', 'custom-attributes'] },
      before: ({ conversation }, { world }) => {
        world.putCustom(conversation!, 'record', { customAttributes: { tier: 'gold' } });
      },
    });
    expect(factsOf(report, 'secure-attributes')).to.deep.include({ read: '200, version 1', 'stale version': '409 general.conflict' });
    expect(factsOf(report, 'custom-attributes')).to.deep.include({ read: '200, version 1', 'stale version': '409 general.conflict' });
    expect(lines(report)).to.deep.equal([['write.target', 'secure-attributes']]);
    expect(call.conversation!.custom.get('record')!.customAttributes).to.include({ tier: 'gold', attributedProbeab12: '' });
  });

  it('tries only the targets that are named', async () => {
    const report = await probing({ only: ['attributes', 'secure-attributes'], scenario: { targets: ['voice', 'attributes'] } });
    expect(report.targets.map(({ target }) => target)).to.deep.equal(['attributes', 'secure-attributes']);
    expect(lines(report)).to.deep.equal([['write.target', 'attributes']]);
    expect(simulator.ledger.writes.map(({ target }) => target))
      .to.include('attributes')
      .and.not.include('voice');
  });

  it('leaves out custom attributes where the call has no record of them', async () => {
    const report = await probing({ scenario: { targets: ['voice', 'custom-attributes'] } });
    expect(factsOf(report, 'custom-attributes')['write']).to.match(/no record of custom attributes/);
  });

  it('writes nothing where it is not confirmed', async () => {
    const report = await probing({ confirm: () => false });
    expect(report).to.include({ wrote: false });
    expect(factsOf(report)).to.deep.equal({ read: '200, strong ETag "3"' });
    expect(simulator.ledger.writes).to.deep.equal([]);
  });

  it('names the topic that would tell of the call, the participant and the limit where the config has others', async () => {
    const report = await probing({
      config: {
        notifications: { topics: ['v2.users.nobody.conversations'] },
        write: { participant: 'agent' },
        genesys: { budget: { perMinute: 60 } },
      },
      participantId: ({ conversation }) => conversation!.participants[0]!.id,
    });
    expect(lines(report)).to.deep.equal([
      ['write.target', 'voice'],
      ['write.participant', 'customer'],
      ['genesys.budget.perMinute', 300],
      ['notifications.topics', [`v2.routing.queues.${simulator.queues[0] ?? ''}.conversations.calls`]],
    ]);
  });

  it('makes no channel where it would take the place of another one, and says what to do', async () => {
    const report = await probing({
      before: (_, opened) => {
        fillChannels(opened, ahead);
      },
    });
    expect(report.facts.at(-1)!.found).to.match(/^not listened to: all 20 channels .* are in use.* or probe with a client of its own$/);
    expect(simulator.channels.all()).to.have.length(20);
    expect(factsOf(report)).to.include({ write: '200' }).and.not.have.property('shown by an event');
    expect(lines(report)).to.deep.equal([['write.target', 'voice']]);
  });

  it('goes on without events where they cannot be listened to', async () => {
    const report = await probing({ faults: { refuseUpgrades: 403 } });
    expect(report.facts.at(-1)).to.deep.equal({ what: 'events', found: 'not listened to: the upgrade was answered with status 403' });
    expect(factsOf(report)).to.include({ write: '200' }).and.not.have.property('shown by an event');
  });

  it('tells what it may have left behind where no answers come any more', async () => {
    const report = await probing({
      before: (_, { world, faults }) => {
        world.listen((__, change) => {
          if (change.kind === 'attributes' && 'attributedProbeab12' in change.attributes) faults.unanswered = 1;
        });
      },
    });
    const { 'broken off': broken, 'left behind': left } = factsOf(report);
    expect(broken).to.match(/^PATCH .*: no answer, .*; it may have arrived$/);
    expect(left).to.match(/^what stands in attributedProbeab12 and attributedProbeab12B: GET .*: no answer/);
    expect(lines(report)).to.deep.equal([]);
  });

  it('leaves out what follows once it is stopped, with its keys emptied', async () => {
    let asked = 0;
    const report = await probing({ scenario: { targets: ['voice', 'attributes'] }, stopped: () => (asked += 1) > 1 });
    expect(factsOf(report)).to.include({ write: '200' });
    expect(factsOf(report, 'voice-conversation')).to.have.all.keys('read');
    expect(report.facts.at(-1)).to.deep.equal({ what: 'stopped', found: 'before it wrote to voice-conversation' });
    expect(customerAttributes(call)).to.deep.equal({ tier: 'gold', attributedProbeab12: '', attributedProbeab12B: '' });
  });

  it('is not made of a call that is unknown, that has ended, or that has no such participant', async () => {
    expect(await rejection({ conversationId: 'none' })).to.match(/cannot read conversation none \(404 not\.found/);
    expect(await rejection({ participantId: () => 'none' })).to.match(
      /the call has no participant none, but \S+ \(customer\).*name one by --participant$/,
    );
    const over = rejection({
      before: ({ conversation }, { world }) => {
        for (const participant of conversation!.participants) world.end(conversation!, participant, 'client');
      },
    });
    expect(await over).to.match(/the call has ended: a probe needs one that goes on$/);
  });

  it('ends with the refusal of its client', async () => {
    expect(await rejection({ config: { genesys: { clientId: 'other' } } })).to.match(/^CredentialsRefused/);
  });
});
