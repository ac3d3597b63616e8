import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { ask, NotAnswered } from '../../src/cli/ask.js';
import { ConfigInvalid } from '../../src/config/load.js';
import { genesys, inFolder } from '../config/folder.js';

/** What comes of asking with such an `http` section. */
const asked = (section: Record<string, unknown>, files: Record<string, string> = {}, tokenFile?: string): Promise<unknown> =>
  inFolder({ 'c.yaml': `${genesys}http: ${JSON.stringify(section)}\n`, ...files }, (folder) =>
    ask(
      { config: join(folder, 'c.yaml'), json: false, ...(tokenFile === undefined ? {} : { tokenFile: join(folder, tokenFile) }) },
      { path: '/status' },
    ).catch((error: unknown) => error),
  );

/** Runs a test beside a server that answers as it is told, and shows it the headers that came. */
async function beside(
  answer: { status: number; body: string },
  test: (port: number, headers: http.IncomingHttpHeaders[]) => Promise<void>,
  host = '127.0.0.1',
): Promise<void> {
  const seen: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(answer.status).end(answer.body);
  });
  server.listen(0, host);
  await once(server, 'listening');
  try {
    await test((server.address() as AddressInfo).port, seen);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

describe('asking the daemon', () => {
  it('needs no secret of the config, and answers with the body', () =>
    beside({ status: 200, body: '{"ready":true}' }, async (port, seen) => {
      expect(await asked({ listen: `127.0.0.1:${port}` })).to.deep.equal({ ready: true });
      expect(seen[0]).not.to.have.property('authorization');
    }));

  it('has no answer where there is no body', () =>
    beside({ status: 204, body: '' }, async (port) => {
      expect(await asked({ listen: `127.0.0.1:${port}` })).to.equal(undefined);
    }));

  it('calls a daemon that listens everywhere at this machine', () =>
    beside({ status: 200, body: '1' }, async (port) => {
      expect(await asked({ listen: `0.0.0.0:${port}`, tokenFile: 'token' }, { token: 'hush' })).to.equal(1);
    }));

  it('sends the token that is named, else that of the config, else none', () =>
    beside({ status: 200, body: '{}' }, async (port, seen) => {
      const section = { listen: `127.0.0.1:${port}`, tokenFile: 'token' };
      await asked(section, { token: 'of the config', other: 'named' }, 'other');
      await asked(section, { token: 'of the config' });
      await asked({ ...section, tokenFile: '%d/token' });
      expect(seen.map(({ authorization }) => authorization)).to.deep.equal(['Bearer named', 'Bearer of the config', undefined]);
    }));

  for (const [what, answer, message] of [
    ['a refusal with its remedy', { status: 409, body: '{"message":"no","remedy":"do"}' }, /^no: do$/],
    ['a refusal without one', { status: 500, body: '[]' }, /^status 500: see the daemon’s log$/],
    ['a wrong token', { status: 401, body: '{}' }, /give --token-file FILE/],
    ['somebody else', { status: 200, body: '<html>' }, /^what answers at .* is no attributed/],
  ] as const)
    it(`tells of ${what}`, () =>
      beside(answer, async (port) => {
        const error = await asked({ listen: `127.0.0.1:${port}` });
        expect(error).to.be.instanceOf(NotAnswered);
        expect((error as Error).message).to.match(message);
      }));

  for (const [what, section, message] of [
    ['the local API is off', { listen: 'off' }, /^http\.listen is off in /],
    ['its port is any', { listen: '127.0.0.1:0' }, /give the daemon a fixed port/],
    ['there is no socket', { listen: 'unix:/nowhere/http.sock' }, /^no daemon answers at unix:\/nowhere\/http\.sock: start it/],
    ['its host is unknown', { listen: 'nowhere.invalid:80', tokenFile: 't' }, /^no daemon answers at nowhere\.invalid:80 \(/],
  ] as const)
    it(`says so where ${what}`, async () => {
      const error = await asked(section);
      expect(error).to.be.instanceOf(NotAnswered);
      expect((error as Error).message).to.match(message);
    });

  it('says so where the token that is named cannot be read, and where the config is invalid', async () => {
    expect(String(await asked({ listen: '127.0.0.1:1' }, {}, 'none'))).to.match(/cannot read .*none/);
    expect(await asked({ lissen: 'x' })).to.be.instanceOf(ConfigInvalid);
  });

  it('says so where there is no config', async () => {
    const error = await ask({ config: '/nowhere/c.yaml', json: false }, { path: '/status' }).catch((thrown: unknown) => thrown);
    expect(String(error)).to.contain('there is no config /nowhere/c.yaml: name the one that the daemon runs with by -c FILE');
  });
});
