import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { RuleReport } from '../../src/recording/report.js';
import { cleanup } from '../genesys/support/cleanup.js';
import { event, participant, replayed } from './support/replayed.js';

describe('Replay with lookups', () => {
  const closing = cleanup();
  let asked: IncomingMessage[];
  let statuses: number[];
  let url: string;

  beforeEach(async () => {
    asked = [];
    statuses = [];
    const server = http.createServer((request, response) => {
      asked.push(request);
      response.writeHead(statuses.shift() ?? 200, { connection: 'close' }).end('{"id":"C-1"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing(() => new Promise((resolve) => server.close(resolve)));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/customers?phone={ani}`;
  });

  const customer = participant('p1');
  const replay = async (when = 'conversation.started'): Promise<RuleReport> => {
    const config = {
      lookups: { crm: { url, headersFile: 'headers' } },
      rules: [{ name: 'tier', when, lookup: 'crm', set: { id: 'lookup.id' } }],
      write: { giveUpAfter: '1m' },
    };
    const report = await replayed([event(1, [customer]), event(2, [customer]), event(3, [customer])], {
      config,
      lookups: true,
      values: true,
    });
    return report.conversations[0]!.rules[0]!;
  };

  it('asks, with the config’s headers, and tells what comes of the answer', async () => {
    const { wishes, notSet } = await replay();
    expect(wishes.map(({ at, attributes }) => [at, attributes])).to.deep.equal([['2026-01-01T00:00:00.001Z', { id: 'C-1' }]]);
    expect(notSet).to.deep.equal([]);
    expect(asked.map((request) => [request.url, request.headers['x-key']])).to.deep.equal([['/customers?phone=%2B15551000001', 'hush']]);
  });

  it('asks once for what is evaluated again and again', async () => {
    expect((await replay('conversation.updated')).wished).to.equal(1);
    expect(asked).to.have.length(1);
  });

  it('tells that nothing is known', async () => {
    statuses = [404];
    expect((await replay()).notSet).to.deep.equal([{ why: 'lookup knows nothing', detail: 'lookup crm', times: 1 }]);
  });

  it('tries again in the recording’s time, and past its end', async () => {
    statuses = [503, 503];
    const { wishes } = await replay();
    // full jitter at one half of 500 ms and of 1 s
    expect(wishes.map(({ at }) => at)).to.deep.equal(['2026-01-01T00:00:00.751Z']);
    expect(asked).to.have.length(3);
  });

  it('tells that a lookup failed, and why', async () => {
    statuses = [403];
    const { wished, notSet } = await replay();
    expect(wished).to.equal(0);
    expect(notSet).to.deep.equal([
      { why: 'lookup failed', detail: 'lookup crm: answered with status 403, it is not tried again', times: 1 },
    ]);
  });

  it('gives up as the daemon would', async () => {
    statuses = Array.from({ length: 100 }, () => 500);
    const [left] = (await replay()).notSet;
    expect(left).to.deep.equal({
      why: 'lookup failed',
      detail: 'lookup crm: answered with status 500; given up after write.giveUpAfter',
      times: 1,
    });
  });
});
