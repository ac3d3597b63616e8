import { expect } from 'chai';
import { Budget } from '../../../src/genesys/budget.js';
import { Deadlines } from '../../../src/base/deadlines.js';
import { NoAnswer, Refused } from '../../../src/genesys/errors.js';
import { RestClient } from '../../../src/genesys/rest.js';
import { TokenSource } from '../../../src/genesys/token.js';
import { Diagnosis } from '../../../src/write/targets/diagnosis.js';
import { targets } from '../../../src/write/targets/targets.js';
import { FakeClock } from '../../support/fake-clock.js';
import { RecordingLog } from '../../support/recording-log.js';

const gone = new Refused('write of x', { status: 404, headers: {}, body: undefined, code: 'not.found', correlationId: 'c-1' });

/** An org whose paths answer if they contain one of these. */
function diagnosis(target: keyof typeof targets, there: (path: string) => boolean) {
  const asked: string[] = [];
  const clock = new FakeClock();
  const base = { clock, deadlines: new Deadlines(clock), log: new RecordingLog(), random: () => 0.5 };
  const budget = new Budget(base, { perMinute: 300, reserve: 0.1 });
  const exchange = ({ url }: { url: string }) => {
    const { pathname } = new URL(url);
    const answer = { headers: {}, code: undefined, correlationId: undefined };
    if (pathname === '/oauth/token') return Promise.resolve({ ...answer, status: 200, body: { access_token: 't', expires_in: 86_400 } });
    asked.push(pathname);
    if (pathname.endsWith('/broken')) return Promise.reject(new NoAnswer(`GET ${pathname}`, 'socket hang up', true));
    return Promise.resolve({ ...answer, status: there(pathname) ? 200 : 404, body: undefined });
  };
  const token = new TokenSource({ ...base, budget, exchange, loginUrl: 'http://l', clientId: 'i', clientSecret: () => 's', timeout: 1 });
  const rest = new RestClient({ budget, token, exchange, apiUrl: 'http://api', timeout: 1_000 });
  return { explain: new Diagnosis({ rest, target: targets[target] }), asked };
}

const text = (error: unknown): string => (error instanceof Error ? error.message : '');

describe('a 404 of a write', () => {
  it('names the targets that the org answers to, if the configured one is not there, and asks once', async () => {
    const { explain, asked } = diagnosis('voice', (path) => !path.includes('/voice/') && !path.includes('custom'));
    const error = await explain.explain(gone, 'c');
    expect(text(error)).to.contain(
      'write.target voice is not there in this org, but attributes, secure-attributes answers: set write.target to one that does',
    );
    expect(error).to.include({ verdict: 'gone', answer: gone.answer });
    const count = asked.length;
    expect(text(await explain.explain(gone, 'd'))).to.equal(text(error));
    expect(asked).to.have.length(count);
  });

  for (const name of ['secure-attributes', 'custom-attributes', 'voice-conversation'] as const)
    it(`says so of ${name} too`, async () => {
      const { explain } = diagnosis(name, (path) => path.endsWith('/conversations/c'));
      expect(text(await explain.explain(gone, 'c'))).to.match(new RegExp(`${name} is not there in this org, but attributes answers`));
    });

  it('means that the conversation is gone, if nothing answers', async () => {
    const { explain } = diagnosis('voice', () => false);
    expect(await explain.explain(gone, 'c')).to.equal(gone);
    expect(await explain.explain(gone, 'broken')).to.equal(gone);
  });

  it('means that the participant is gone, if the target answers, and asks no more then', async () => {
    const { explain, asked } = diagnosis('voice', () => true);
    expect(await explain.explain(gone, 'c')).to.equal(gone);
    expect(await explain.explain(gone, 'd')).to.equal(gone);
    expect(asked).to.have.length(1);
  });

  it('is not looked into where the target has answered before, nor is any other failure', async () => {
    const { explain, asked } = diagnosis('voice', () => false);
    const other = new Refused('x', { ...gone.answer, status: 403 });
    expect(await explain.explain(other, 'c')).to.equal(other);
    explain.answered();
    expect(await explain.explain(gone, 'c')).to.equal(gone);
    expect(asked).to.be.empty;
  });
});
