import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tell } from '../forked.js';

/** What the platform answers to a PATCH of a participant, in size and in headers (genesys-cloud.md §6, §7). */
const body = JSON.stringify({
  id: '5d5c8f0e-4a51-4a0a-8f9d-1f2c3b4a5d6e',
  purpose: 'customer',
  attributes: { tier: 'gold', crmId: '0035000001abcDEF', language: 'de' },
  calls: [{ id: 'c1', state: 'connected', direction: 'inbound' }],
});

let version = 0;
const server = createServer((request, response) => {
  request.resume().once('end', () => {
    version += 1;
    response.writeHead(request.headers['if-match'] === undefined ? 428 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      etag: `"${version}"`,
      'inin-correlation-id': '2b6f0cc9-04f1-4a0e-9d0c-7c1b2a3d4e5f',
      'inin-ratelimit-count': '12',
      'inin-ratelimit-allowed': '300',
      'inin-ratelimit-reset': '31',
    });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  tell((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());
