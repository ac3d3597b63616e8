import { join } from 'node:path';
import { expect } from 'chai';
import { genesys, inFolder } from '../config/folder.js';
import { cli } from '../support/child.js';

describe('attributed check', () => {
  it('says that a valid config is valid, and what of it cannot be seen from here', () =>
    inFolder({ 'c.yaml': `${genesys.replace(': secret', ": '%d/secret'")}log: { file: x }\n` }, async (folder) => {
      const file = join(folder, 'c.yaml');
      expect(await cli(['check', '-c', file])).to.deep.equal({
        code: 0,
        stdout:
          `warning: ${file}:4:21 genesys.clientSecretFile: "%d/secret" exists only inside the systemd unit (LoadCredential=); ` +
          `elsewhere set CREDENTIALS_DIRECTORY or name a path\n` +
          `${file} is valid\n`,
        stderr: '',
      });
    }));

  it('tells the faults of a broken config on stderr, with their places, and ends with 78', () =>
    inFolder({ 'c.yaml': `${genesys.replace(': secret', ": '%d/none'")}write:\n  quiet: 150\n  polici: x\n` }, async (folder) => {
      const file = join(folder, 'c.yaml');
      const { code, stdout, stderr } = await cli(['check', '-c', file], { env: { CREDENTIALS_DIRECTORY: folder } });
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' });
      expect(stderr.split('\n')).to.deep.equal([
        `${file}:4:21 genesys.clientSecretFile: cannot read ${folder}/none: ENOENT: no such file or directory, open '${folder}/none'`,
        `${file}:6:10 write.quiet: 150 is not valid, expected a duration with a unit, such as 150ms, 2s, 30m or 24h (did you mean "150ms"?)`,
        `${file}:7:3 write.polici: unknown field, expected one of enabled, target, participant, quiet, maxWait, policy, confirmWithin, reassert, giveUpAfter (did you mean "policy"?)`,
        '',
      ]);
    }));

  it('explains each field: its value, its default, when a change takes effect', () =>
    inFolder(
      {
        'c.yaml': `${genesys}write: { quiet: 1s }\nrules:\n  - { name: mark, when: conversation.started, set: { a: '1' } }\nlookups:\n  crm: { url: http://crm }\n`,
        secret: 'hush',
      },
      async (folder) => {
        const { code, stdout, stderr } = await cli(['check', '-c', join(folder, 'c.yaml'), '--explain']);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        const lines = stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '));
        expect(lines).to.include.members([
          'genesys.region  "mypurecloud.com"  [reconnect]  region domain; gives the hosts api., login. and streaming.',
          'write.quiet  "1s" (default "150ms")  [live]  wait for so much calm after a burst …',
          'write.maxWait  "2s" (default)  [live]  … but not longer than this after the first wish',
          'http.tokenFile  not set  [live]  file that holds the bearer token; required unless loopback or a unix socket',
          'rules[0].when  "conversation.started"  [live]  the moment at which it is evaluated',
          'lookups.crm.timeout  "3s" (default)  [live]  a try that takes longer is given up',
          'outbox.maxBytes  "1GiB" (default)  [restart]  how large it may grow',
        ]);
        expect(lines.at(-2)).to.match(/c\.yaml is valid$/);
        expect(stdout).to.not.include('hush');
      },
    ));
});
