import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { profiles } from '../../src/simulator/calls/profile.js';
import { loadScenario, parseScenario, ScenarioInvalid, scenarioNames } from '../../src/simulator/scenario.js';

describe('a scenario', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'scenario-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (text: string): string => {
    const path = join(folder, 'scenario.yaml');
    writeFileSync(path, text);
    return path;
  };

  for (const name of scenarioNames) {
    it(`is there by the name ${name}`, () => {
      const { calls, perMinute } = loadScenario(name);
      expect(calls.churn).to.equal(profiles[name as keyof typeof profiles]);
      expect(perMinute).to.equal(300);
    });
  }

  it('comes from a YAML file that names only what differs', () => {
    const scenario = loadScenario(file('calls: { perMinute: 60, churn: storm }\nfaults: { drop: 0.1 }\n'));
    expect(scenario.calls).to.deep.include({ perMinute: 60, churn: profiles.storm, declined: 0.25 });
    expect(scenario.faults).to.deep.include({ drop: 0.1, duplicate: 0, eventVersions: 'version' });
  });

  it('has delays as measured on the platform, unless faults are given', () => {
    expect(parseScenario(undefined).faults).to.deep.include({ latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] });
    expect(parseScenario({ faults: {} }).faults).to.deep.include({ latencyUp: [0, 0], eventDelay: [0, 0] });
    expect(loadScenario(file('')).calls.churn).to.equal(profiles.bursty);
  });

  it('takes a churn of its own', () => {
    const churn = { kind: 'bursty', bumps: [1, 2], withinMs: [0, 10], calmMs: [5, 5] } as const;
    expect(parseScenario({ calls: { churn } }).calls.churn).to.deep.equal(churn);
    expect(parseScenario({ calls: { churn: { kind: 'steady', perSecond: 2 } } }).calls.churn).to.deep.equal({
      kind: 'steady',
      perSecond: 2,
    });
  });

  it('answers to every way of writing and reverts nothing, unless it says otherwise', () => {
    const { calls, targets } = parseScenario({});
    expect(targets).to.deep.equal(['voice', 'attributes', 'secure-attributes', 'custom-attributes']);
    expect(calls.flowReverts).to.equal(0);
    expect(parseScenario({ targets: ['attributes'], calls: { flowReverts: 0.5 } })).to.deep.include({ targets: ['attributes'] });
  });

  const wrong: [string, unknown, RegExp][] = [
    ['an unknown field', { call: {} }, /call/],
    ['an unknown field further in', { faults: { dropped: 1 } }, /faults.*dropped/],
    ['a share above one', { faults: { drop: 2 } }, /faults\.drop/],
    ['a status that no refusal has', { faults: { refuse: [{ status: 418, share: 1 }] } }, /faults\.refuse\.0\.status/],
    ['a status that no refused upgrade has', { faults: { refuseUpgrades: 200 } }, /faults\.refuseUpgrades/],
    ['a range upside down', { calls: { talkMs: [20, 10] } }, /calls\.talkMs.*least/],
    ['a delay upside down', { faults: { eventDelay: [150, 20] } }, /faults\.eventDelay.*least/],
    ['an unknown churn', { calls: { churn: 'wild' } }, /calls\.churn/],
    ['bumps upside down', { calls: { churn: { kind: 'bursty', bumps: [20, 5], withinMs: [1, 1], calmMs: [1, 1] } } }, /calls\.churn/],
    ['calls that are always declined', { calls: { declined: 1 } }, /calls\.declined/],
    ['an unknown target', { targets: ['voise'] }, /targets\.0/],
    ['more flows than calls', { calls: { flowReverts: 1.1 } }, /calls\.flowReverts/],
    ['no map', 'fast', /scenario/],
  ];
  for (const [what, input, message] of wrong) {
    it(`that has ${what} is refused, naming the field`, () => {
      expect(() => parseScenario(input))
        .to.throw(ScenarioInvalid, message)
        .that.includes({ code: 'scenario.invalid', retry: 'never' });
    });
  }

  it('that is neither a name nor a file is refused with what would be one', () => {
    expect(() => loadScenario('brusty')).to.throw(ScenarioInvalid, /"brusty".*calm, steady, bursty, storm/);
    expect(() => loadScenario(file('calls: ['))).to.throw(ScenarioInvalid, /scenario\.yaml/);
    expect(() => loadScenario(file('queues: 0'))).to.throw(ScenarioInvalid, /scenario\.yaml: queues:/);
  });
});
