import { join } from 'node:path';
import { expect } from 'chai';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli, withCli } from '../support/child.js';
import { ConnectProxy } from '../support/connect-proxy.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../support/house.js';
import { privateCa, type PrivateCa } from '../support/private-ca.js';
import { TlsFront } from '../support/tls-front.js';

const host = 'api.platform.test';

/** A password that would be seen wherever it is shown, and how it is written in a URL. */
const [password, written] = ['hush/hush', 'hush%2Fhush'];

describe('behind a proxy, and a CA of our own', () => {
  const authority = privateCa(host);
  let simulator: Simulator;
  let front: TlsFront;
  let proxy: ConnectProxy;

  before(function () {
    if (authority === undefined) this.skip();
  });

  const open = async (tls: PrivateCa): Promise<void> => {
    simulator = await openSimulator();
    front = new TlsFront(Number(new URL(simulator.url).port), tls);
    proxy = new ConnectProxy(await front.open());
    proxy.login = `me:${password}`;
    await proxy.open();
  };
  const inside = async (test: (folder: string) => Promise<void>, tls = authority): Promise<void> => {
    if (tls === undefined) return;
    await open(tls);
    const config = {
      genesys: { apiUrl: `https://${host}`, loginUrl: `https://${host}`, clientId: simulatorClient.id, clientSecretFile: 'secret' },
      notifications: { topics: simulator.topics, silenceTimeout: '3s' },
      rules: [{ name: 'stamp', when: 'conversation.started', set: { viaProxy: '"yes"' } }],
      http: { listen: '127.0.0.1:0' },
      outbox: { dir: 'outbox' },
    };
    const files = { 'c.yaml': JSON.stringify(config), secret: simulatorClient.secret, 'ca.pem': tls.ca };
    try {
      await inFolder(files, (folder) => test(folder));
    } finally {
      await proxy.close();
      await front.close();
      await simulator.close();
    }
  };
  const environment = (folder: string, login = `me:${written}@`): Record<string, string> => ({
    HTTPS_PROXY: `http://${login}127.0.0.1:${proxy.port}`,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  });
  const check = async (folder: string, env: Record<string, string>): Promise<string> => {
    const { code, stdout, stderr } = await cli(['check', '-c', join(folder, 'c.yaml'), '--online'], { env });
    expect(stdout + stderr).to.not.match(/hush|Proxy-Authorization/i);
    expect(code).to.equal(1);
    return stdout;
  };

  it('gets ready, writes, and notices a tunnel that stalls', () =>
    inside((folder) =>
      withCli(
        ['run', '-c', join(folder, 'c.yaml')],
        async (daemon) => {
          await daemon.logged('daemon.ready');
          const call = queuedCall(simulator);
          await eventually('the attribute is there', () => customerAttributes(call)['viaProxy'] === 'yes');
          expect(new Set(proxy.asked)).to.deep.equal(new Set([`${host}:443`]));
          proxy.stall();
          await daemon.logged('channel.lost');
          proxy.drop();
          await eventually('it is connected again', () => daemon.log.filter(({ event }) => event === 'channel.connected').length > 1);
          daemon.kill('SIGTERM');
          expect(await daemon.ended).to.include({ code: 0 });
          expect(daemon.stdout + daemon.stderr).to.not.match(/hush|Proxy-Authorization/i);
        },
        { env: environment(folder) },
      ),
    ));

  it('check --online goes the same way', () =>
    inside(async (folder) => {
      const { code, stdout } = await cli(['check', '-c', join(folder, 'c.yaml'), '--online'], { env: environment(folder) });
      expect(stdout).to.include(`ok    streaming  ${host} answers, through the proxy 127.0.0.1:${proxy.port}`);
      expect(code).to.equal(0);
    }));

  it('check --online says that the proxy wants a login, and that a CA is missing', () =>
    inside(async (folder) => {
      expect(await check(folder, environment(folder, ''))).to.include('put user and password into HTTPS_PROXY');
      const { HTTPS_PROXY = '' } = environment(folder);
      expect(await check(folder, { HTTPS_PROXY })).to.include('start with NODE_EXTRA_CA_CERTS=FILE');
    }));

  it('check --online says that a certificate is for another host, or has expired', async () => {
    for (const [tls, said] of [
      [privateCa('other.test'), 'the certificate is for another host'],
      [privateCa(host, 0), 'the certificate has expired'],
    ] as const)
      await inside(async (folder) => {
        expect(await check(folder, environment(folder))).to.include(said);
      }, tls);
  });
});
