import { resolve } from 'node:path';
import { expect } from 'chai';
import { firstAnswers, InitImpossible, type AnswerOptions } from '../../src/cli/first-answers.js';

/** Someone who answers in turn, and leaves after the last answer. */
function person(...answers: string[]): { ask: (question: string) => Promise<string | undefined>; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answers[asked.length - 1]);
    },
  };
}
const refusal = (options: Partial<AnswerOptions>, ask?: (question: string) => Promise<string | undefined>): Promise<unknown> =>
  firstAnswers({ topic: [], ...options }, ask).catch((error: unknown) => error);

describe('the answers to a first config', () => {
  it('are the usual ones where a person answers nothing, but for the client', async () => {
    const { ask, asked } = person('', 'client', '', '', '');
    expect(await firstAnswers({ topic: [] }, ask)).to.deep.equal({
      hosts: { region: 'mypurecloud.com' },
      clientId: 'client',
      clientSecretFile: '%d/client-secret',
      topics: ["{ queues: '*', suffix: conversations.calls }"],
      outboxDir: '/var/lib/attributed',
    });
    expect(asked).to.deep.equal([
      'Region domain [mypurecloud.com]: ',
      'Id of the OAuth client (client credentials grant): ',
      'File with its secret; %d/… is one of the systemd unit [%d/client-secret]: ',
      "Topic, or selector of queues or users [{ queues: '*', suffix: conversations.calls }]: ",
      'Directory where wishes are kept until they are written [/var/lib/attributed]: ',
    ]);
  });

  it('are asked for again where they cannot be used, with the reason', async () => {
    const { ask, asked } = person('mypurecloud.co', ' mypurecloud.de ', '', 'client', 'secret', 'v2.users.1.conversations', 'box');
    expect(await firstAnswers({ topic: [] }, ask)).to.deep.equal({
      hosts: { region: 'mypurecloud.de' },
      clientId: 'client',
      clientSecretFile: resolve('secret'),
      topics: ['v2.users.1.conversations'],
      outboxDir: resolve('box'),
    });
    expect(asked[1]).to.match(/^there is no region mypurecloud\.co, .* \(did you mean "mypurecloud\.com"\?\)\nRegion domain \[/);
    expect(asked[3]).to.match(/^it is needed\nId of/);
  });

  it('are not asked for where flags give them', async () => {
    const { ask, asked } = person();
    const given = { apiUrl: 'http://a', clientId: 'client', secretFile: '/s', topic: ['a', 'b'], outboxDir: '/o' };
    const answers = { hosts: { apiUrl: 'http://a', loginUrl: 'http://a' }, clientId: 'client', clientSecretFile: '/s', topics: ['a', 'b'] };
    expect(await firstAnswers(given, ask)).to.deep.equal({ ...answers, outboxDir: '/o' });
    expect(asked).to.deep.equal([]);
    expect((await firstAnswers({ ...given, loginUrl: 'http://l' }, undefined)).hosts).to.deep.equal({
      apiUrl: 'http://a',
      loginUrl: 'http://l',
    });
  });

  for (const [what, options, message, exitCode] of [
    ['without a terminal name the flags that are missing', {}, /^give --region \(or --api-url\) and --client-id: nothing is asked/, 1],
    ['without a terminal need no flag twice', { region: 'mypurecloud.de' }, /^give --client-id: nothing is asked/, 1],
    ['refuse a region that there is not', { region: 'mypurecloud.dee', clientId: 'c' }, /\(did you mean "mypurecloud\.de"\?\)$/, 78],
    ['refuse a login host alone', { loginUrl: 'http://l', clientId: 'c' }, /^--login-url goes with --api-url/, 1],
  ] as const)
    it(what, async () => {
      const error = await refusal(options);
      expect(error).to.be.instanceOf(InitImpossible).and.include({ exitCode });
      expect(error).to.have.property('message').that.matches(message);
    });

  it('end where the person leaves', async () => {
    expect(await refusal({}, person('').ask))
      .to.be.instanceOf(InitImpossible)
      .and.have.property('message', 'left: nothing was written');
  });
});
