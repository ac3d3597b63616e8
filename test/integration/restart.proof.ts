import { join } from 'node:path';
import { expect } from 'chai';
import type { Call } from '../../src/simulator/calls/call.js';
import { simulatorClient, type Simulator } from '../../src/simulator/simulator.js';
import { inFolder } from '../config/folder.js';
import { cli, withCli, type Running } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { customerAttributes, openSimulator, queuedCall } from '../support/house.js';

/** How often a daemon is killed. */
const rounds = 20;

/** Wishes that are acknowledged in each round, over so many calls. */
const wishes = 100;
const calls = 10;

const configFor = ({ url, topics }: Simulator): string =>
  JSON.stringify({
    genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret' },
    notifications: { topics },
    http: { listen: '127.0.0.1:0' },
    outbox: { dir: 'outbox' },
  });

const filesFor = (simulator: Simulator): Record<string, string> => ({ 'c.yaml': configFor(simulator), secret: simulatorClient.secret });

function addressOf(daemon: Running): string {
  const line = daemon.log.find(({ event }) => event === 'http.listening');
  return String(line?.['listen']);
}

async function put(address: string, call: Call, attributes: Record<string, string>): Promise<number> {
  const { status } = await fetch(`http://${address}/conversations/${call.id}/participants/@customer/attributes`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ attributes }),
  });
  return status;
}

/** Starts a daemon, has wishes acknowledged while the platform fails, and kills it at some moment. Returns what was acknowledged last. */
async function acknowledgeAndKill(
  config: string,
  simulator: Simulator,
  live: readonly Call[],
  killAfter: number,
): Promise<Map<Call, Record<string, string>>> {
  const wanted = new Map<Call, Record<string, string>>();
  await withCli(['run', '-c', config], async (daemon) => {
    await daemon.logged('daemon.ready');
    const address = addressOf(daemon);
    simulator.faults.refuse = [{ status: 503, share: 1 }];
    for (let wish = 0; wish < wishes; wish += 1) {
      const call = live[wish % live.length];
      if (call === undefined) continue;
      const attributes = { [`key${wish % 3}`]: String(wish) };
      if ((await put(address, call, attributes)) === 202) wanted.set(call, { ...wanted.get(call), ...attributes });
      if (wish === killAfter) daemon.kill('SIGKILL');
      if (wish >= killAfter) break;
    }
    await daemon.ended;
  });
  return wanted;
}

describe('a daemon that is killed', () => {
  let simulator: Simulator;
  beforeEach(async () => {
    simulator = await openSimulator({ perMinute: 100_000 });
  });
  afterEach(() => simulator.close());

  for (let round = 1; round <= rounds; round += 1) {
    // any moment will do, so it is drawn, and the name of the test tells which it was
    const killAfter = Math.floor(Math.random() * wishes);
    it(`brings every acknowledged value home after its restart (round ${round}, killed after wish ${killAfter})`, () =>
      inFolder(filesFor(simulator), async (folder) => {
        const live = Array.from({ length: calls }, (_, index) => queuedCall(simulator, index));
        const config = join(folder, 'c.yaml');
        const wanted = await acknowledgeAndKill(config, simulator, live, killAfter);
        expect([...wanted.values()].length).to.be.at.least(1);
        simulator.faults.refuse = [];
        await withCli(['run', '-c', config], async (daemon) => {
          await eventually('every acknowledged value is there', () =>
            [...wanted].every(([call, attributes]) =>
              Object.entries(attributes).every(([key, value]) => customerAttributes(call)[key] === value),
            ),
          );
          expect(daemon.log.find(({ event }) => event === 'outbox.recovered')?.['open']).to.be.at.least(1);
          daemon.kill('SIGTERM');
          expect((await daemon.ended).code).to.equal(0);
        });
        expect(simulator.ledger.overlaps).to.equal(0);
      })).timeout(60_000);
  }

  it('is not joined by a second one on the same outbox: that ends with 75', () =>
    inFolder(filesFor(simulator), (folder) =>
      withCli(['run', '-c', join(folder, 'c.yaml')], async (daemon) => {
        await daemon.logged('daemon.ready');
        const { code, stderr } = await cli(['run', '-c', join(folder, 'c.yaml')]);
        expect(code).to.equal(75);
        expect(stderr).to.match(
          /^attributed: another daemon holds the outbox .*outbox: stop it, or give this one an outbox\.dir of its own\n$/,
        );
      }),
    ));

  it('says why it does not start on an outbox that it cannot use', () =>
    inFolder({ ...filesFor(simulator), outbox: 'a file' }, async (folder) => {
      const { code, stderr } = await cli(['run', '-c', join(folder, 'c.yaml')]);
      expect(code).to.equal(78);
      expect(stderr).to.contain('outbox.dir').and.to.contain('is no directory');
    }));
});
