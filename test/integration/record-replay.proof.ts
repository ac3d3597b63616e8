import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Intent } from '../../src/intent/intent.js';
import type { Report } from '../../src/recording/report.js';
import { simulatorClient } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli, withCli } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { inHouse, type ConfigInput } from '../support/house.js';

/** Eight calls that move as calls do, four times as fast. */
const scenario = {
  calls: { perMinute: 600, most: 8, talkMs: [1_000, 2_000], pace: 4 },
  faults: { eventDelay: [5, 40] },
  crm: { latency: [5, 20] },
} as const;

const rules = [
  {
    name: 'tier',
    when: 'conversation.started',
    lookup: 'crm',
    set: { crmCustomerId: 'lookup.id', level: "lookup.tier = 'gold' ? 'HIGH' : 'NORMAL'" },
  },
  { name: 'queue', when: 'participant.added', if: "participant.purpose = 'acd'", set: { lastQueue: 'participant.queueId' } },
  {
    name: 'agent',
    when: 'conversation.updated',
    set: { lastAgent: "conversation.participants[purpose = 'agent' and state = 'connected'][-1].userId" },
  },
  { name: 'end', when: 'conversation.ended', set: { legs: '$count(conversation.participants)', closed: 'null' } },
];

type Wished = Record<string, Readonly<Record<string, string>>[]>;

/** Conversation and rule → what was wished, in order. */
function wishedBy(intents: readonly Pick<Intent, 'conversationId' | 'rule' | 'attributes'>[]): Wished {
  const wished: Wished = {};
  for (const { conversationId, rule = '', attributes } of intents)
    if (attributes !== undefined) (wished[`${conversationId} ${rule}`] ??= []).push(attributes);
  return wished;
}

describe('record and replay, on real sockets', () => {
  it('a replay tells what a daemon that ran at the same time has had written, although the recording is masked', () => {
    const config = (crmUrl: string): ConfigInput => ({ lookups: { crm: { url: `${crmUrl}/customers?phone={ani}` } }, rules });
    return inHouse({ scenario, config: ({ crmUrl }) => config(crmUrl) }, ({ simulator, daemon }) => {
      const { url, topics, crmUrl } = simulator;
      const genesys = { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' };
      const file = JSON.stringify({ genesys, notifications: { topics }, ...config(crmUrl) });
      return inFolder({ 'c.yaml': file, secret: simulatorClient.secret }, async (folder) => {
        const [yaml, out] = [join(folder, 'c.yaml'), join(folder, 'r.ndjson')];
        await withCli(['record', '-c', yaml, '--out', out], async (recording) => {
          await eventually('it records', () => recording.stderr.includes('recording 2 of 2 topics'));
          simulator.engine.start();
          await simulator.engine.done;
          const { calls } = simulator.engine;
          await eventually('the daemon saw all of them end', () => calls.every(({ id }) => daemon.registry.get(id)?.over === true));
          await eventually('the daemon has nothing more to do', () => daemon.outbox.pending === 0);
          const last = calls.map(({ id, conversation }) => `"id":"${id}"[^\\n]*"version":${conversation?.version ?? 0}[,}]`);
          await eventually('the recording has the end of each', () => {
            const text = readFileSync(out, 'utf8');
            return last.every((pattern) => new RegExp(pattern).test(text));
          });
          recording.kill('SIGTERM');
          expect(await recording.ended).to.include({ code: 0 });
        });

        const had = wishedBy(simulator.engine.calls.flatMap(({ id }) => daemon.outbox.of(id)));
        const { code, stdout } = await cli(['replay', out, '-c', yaml, '--lookups', '--values', '--json']);
        expect(code).to.equal(0);
        const { conversations, totals } = JSON.parse(stdout) as Report;
        const would = wishedBy(
          conversations.flatMap(({ conversationId, rules: told }) =>
            told.flatMap(({ rule, wishes }) => wishes.map(({ attributes }) => ({ conversationId, rule, attributes }))),
          ),
        );
        expect(would).to.deep.equal(had);
        expect(Object.keys(had)).to.have.length.above(8 * 3);
        expect([totals.invalid.count, totals.broken.count, totals.gaps, totals.conversations]).to.deep.equal([0, 0, 0, 8]);

        // what the daemon wrote came back in events: none of it is in the file
        const text = readFileSync(out, 'utf8');
        expect(text).to.include('"crmCustomerId":"~');
        for (const { id } of simulator.customers.slice(0, 20)) expect(text).to.not.include(`"${id}"`);
        for (const { id } of simulator.channels.all()) expect(text).to.not.include(id);
      });
    });
  }).timeout(60_000);
});
