import { join } from 'node:path';
import { expect } from 'chai';
import { deadLettersSchema } from '../../src/intent/local-api/dead-letters.js';
import { statusSchema } from '../../src/figures/status.js';
import { widest, withDaemon, type Place } from '../support/asked.js';
import { customerAttributes, queuedCall } from '../support/house.js';
import { eventually } from '../support/eventually.js';

/** A rule whose write the platform refuses as long as the test says so. */
const rules = [{ name: 'mark', when: 'conversation.started', set: { tier: '"confidential"' } }];

describe('attributed dead-letters and attributed status', () => {
  for (const place of ['unix socket', 'TCP port with a token'] satisfies Place[])
    it(`list, retry and drop what could not be written, and show the figures, over a ${place}`, () =>
      withDaemon(place, { rules }, async ({ simulator, daemon, folder, ask }) => {
        const token = place === 'unix socket' ? [] : ['--token-file', join(folder, 'token')];
        simulator.faults.refuse = [{ status: 403, share: 1 }];
        const calls = [queuedCall(simulator, 0), queuedCall(simulator, 1)] as const;
        await eventually('both are dead', () => daemon.log.filter(({ event }) => event === 'intent.dead').length === 2);
        const [listed, json, status] = await Promise.all([
          ask('dead-letters', 'list', ...token),
          ask('dead-letters', 'list', '--json', '--values', ...token),
          ask('status', ...token),
        ]);
        expect([listed.code, listed.stderr]).to.deep.equal([0, '']);
        const { deadLetters } = deadLettersSchema.parse(JSON.parse(json.stdout));
        expect(deadLetters.map(({ attributes, reason }) => [attributes, reason?.status])).to.deep.equal(
          calls.map(() => [{ tier: 'confidential' }, 403]),
        );
        for (const { intentId } of deadLetters) expect(listed.stdout).to.contain(intentId);
        expect(listed.stdout).not.to.contain('confidential');
        expect(status.stdout)
          .to.match(/^attributed \d+\.\d+\.\d+, up for .*, ready\n/)
          .and.to.contain('2 dead letters');
        for (const { stdout } of [listed, status]) expect(widest(stdout)).to.be.at.most(80);

        simulator.faults.refuse = [];
        const id = (call: (typeof calls)[number]): string =>
          deadLetters.find(({ conversationId }) => conversationId === call.id)?.intentId ?? '';
        const [retried, dropped] = await Promise.all([
          ask('dead-letters', 'retry', id(calls[0]), ...token),
          ask('dead-letters', 'drop', id(calls[1]), ...token),
        ]);
        expect(retried).to.deep.equal({ code: 0, stdout: `${id(calls[0])} is accepted\n`, stderr: '' });
        expect(dropped).to.deep.equal({ code: 0, stdout: `${id(calls[1])} is dropped\n`, stderr: '' });
        await eventually('the retried one is written', () => customerAttributes(calls[0])['tier'] === 'confidential');
        const [again, none, figures] = await Promise.all([
          ask('dead-letters', 'drop', id(calls[1]), ...token),
          ask('dead-letters', ...token),
          ask('status', '--json', ...token),
        ]);
        expect([again.code, again.stderr]).to.deep.equal([
          1,
          'attributed: there is no such dead letter, or it is forgotten: check the id, or outbox.keepDead\n',
        ]);
        expect(none.stdout).to.equal('no dead letters\n');
        expect(statusSchema.parse(JSON.parse(figures.stdout))).to.deep.include({
          ready: true,
          pending: 0,
          deadLetters: 0,
          conversations: 2,
        });
        expect(customerAttributes(calls[1])).not.to.have.property('tier');
      })).timeout(120_000);
});
