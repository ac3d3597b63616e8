import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { customerAttributes, makeDaemon, openSimulator, queuedCall } from '../support/house.js';

/** What the local API answers. */
async function ask(address: string | undefined, path: string, put?: unknown): Promise<{ status: number; text: string }> {
  const headers = { connection: 'close', 'content-type': 'application/json' };
  const options = put === undefined ? { headers: { connection: 'close' } } : { method: 'PUT', headers, body: JSON.stringify(put) };
  const response = await fetch(`http://${address ?? ''}${path}`, options);
  return { status: response.status, text: await response.text() };
}

describe('an outage of the platform, on real sockets', () => {
  it('opens the breaker once and harms nothing else; after it every wish comes home', async () => {
    const simulator = await openSimulator();
    const gate = new Gate(simulator.url);
    await gate.open();
    const { daemon, log } = makeDaemon(simulator, { genesys: { apiUrl: gate.url, loginUrl: gate.url } });
    try {
      await daemon.start();
      const calls = Array.from({ length: 12 }, (_, index) => queuedCall(simulator, index));
      await eventually('the calls are known', () => calls.every(({ id }) => daemon.registry.get(id) !== undefined));

      await gate.shut();
      for (const { id } of calls) {
        const path = `/conversations/${id}/participants/@customer/attributes`;
        expect((await ask(daemon.address, path, { attributes: { tier: 'gold' } })).status).to.equal(202);
      }
      await eventually('the breaker is open', () => log.of('breaker.opened').length === 1);
      await eventually('calls fail fast', () =>
        log.of('write.failed').some(({ error }) => String(error).includes('the breaker is open for')),
      );
      expect((await ask(daemon.address, '/healthz')).status).to.equal(200);
      expect((await ask(daemon.address, '/metrics')).text).to.match(/^attributed_breaker_open 1$/m);
      expect([daemon.writer.pending, simulator.ledger.writes.length]).to.deep.equal([12, 0]);

      await gate.open();
      await eventually('all wishes are home', () => calls.every((call) => customerAttributes(call)['tier'] === 'gold'));
      await eventually('nothing is pending', () => daemon.writer.pending === 0);
      expect((await ask(daemon.address, '/metrics')).text).to.match(/^attributed_breaker_open 0$/m);
      const host = new URL(gate.url).host;
      expect(log.of('breaker.opened')).to.have.length(1);
      expect(log.of('breaker.opened')[0]).to.include({ host, failures: 5, forMs: 2_000 });
      expect(log.of('breaker.opened')[0]?.['error']).to.contain('ECONNREFUSED');
      expect(log.of('breaker.closed')).to.have.length(1);
      expect(log.of('breaker.closed')[0]).to.include({ host });
      expect(log.of('breaker.closed')[0]?.['openMs']).to.be.at.least(2_000);
      expect(simulator.ledger.overlaps).to.equal(0);
    } finally {
      await daemon.stop();
      await gate.shut();
      await simulator.close();
    }
  });
});
