import { join } from 'node:path';
import { expect } from 'chai';
import { storySchema } from '../../src/intent/local-api/story.js';
import { genesys, inFolder } from '../config/folder.js';
import { withDaemon, widest } from '../support/asked.js';
import { cli } from '../support/child.js';
import { queuedCall } from '../support/house.js';

describe('attributed explain', () => {
  it('tells a call’s story in order and within 80 columns, and shows values only when told to', () =>
    withDaemon(
      'unix socket',
      { rules: [{ name: 'mark', when: 'conversation.started', set: { tier: '"confidential"' } }] },
      async ({ simulator, ask, daemon }) => {
        const call = queuedCall(simulator);
        await daemon.logged('write.applied');
        const { code, stdout, stderr } = await ask('explain', call.id);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(stdout).to.match(/seen for the first time.*wished by rule mark: tier.*sent, attempt 1: tier.*applied: status 200, ETag/s);
        expect(stdout).to.contain(`conversation ${call.id}`).and.to.contain('tier=…');
        expect(widest(stdout)).to.be.at.most(80);
        expect(stdout).not.to.contain('confidential');
        expect(stdout).not.to.contain('\u001b');
        const json = await ask('explain', call.id, '--json', '--values');
        const story = storySchema.parse(JSON.parse(json.stdout));
        expect(story.intents[0]?.attributes).to.deep.equal({ tier: 'confidential' });
        const events = story.journal.map(({ event }) => event).filter((event) => /^(intent\.accepted|write\.)/.test(event));
        expect(events).to.include.members(['intent.accepted', 'write.sent', 'write.applied']);
      },
    )).timeout(60_000);

  it('says in one line why it cannot tell: no such call, no token, no daemon', () =>
    withDaemon('TCP port with a token', {}, async ({ ask, folder, daemon }) => {
      const token = ['--token-file', join(folder, 'token'), '--secret-file', join(folder, 'secret')];
      expect(await ask('explain', 'nowhere', ...token)).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'attributed: there is no such conversation, or it is forgotten: check the id, or conversations.forgetAfter\n',
      });
      expect(await ask('explain', 'nowhere')).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'attributed: the token is missing or wrong: give --token-file FILE with the content of http.tokenFile\n',
      });
      daemon.kill('SIGTERM');
      await daemon.ended;
      const { code, stderr } = await ask('explain', 'nowhere', ...token);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^attributed: no daemon answers at 127\.0\.0\.1:\d+: start it, or name its config by -c FILE\n$/);
    })).timeout(60_000);

  it('ends a command with 78 where its config is invalid', () =>
    inFolder({ 'c.yaml': `${genesys}nope: 1\n` }, async (folder) => {
      const { code, stdout, stderr } = await cli(['explain', 'x', '-c', join(folder, 'c.yaml')]);
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      expect(stderr).to.match(/^.*c\.yaml:5:1 nope: unknown field/);
    }));
});
