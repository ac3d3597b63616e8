import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import type { NotificationEvent } from '../../../src/genesys/frames.js';
import type { EventOutcome } from '../../../src/conversation/registry.js';
import { Api } from '../support/api.js';

const secret = 'correct horse';
const eventBody = { id: 'c1', participants: [{ id: 'p1', purpose: 'customer', calls: [] }] };
const good = { event: 'conversation:started', eventBody };

const sign = (body: string | Buffer, key = secret): string => createHmac('sha256', key).update(body).digest('hex');

describe('POST /webhooks/genesys', () => {
  let api: Api;
  let observed: NotificationEvent[];
  let outcome: EventOutcome;

  const open = ({
    secrets = [secret],
    remember = 100,
    ...options
  }: ConstructorParameters<typeof Api>[0] & { secrets?: string[]; remember?: number } = {}): void => {
    observed = [];
    outcome = 'newer';
    api = new Api({
      webhook: {
        secrets: () => secrets,
        remember,
        observe: (event) => {
          observed.push(event);
          return outcome;
        },
      },
      ...options,
    });
  };
  const post = (body: unknown, headers: Record<string, string | string[]> = {}): Promise<LightMyRequestResponse> => {
    const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const signed = { 'content-type': 'application/json', 'x-signature': sign(payload), ...headers };
    return api.server.inject({ method: 'POST', url: '/webhooks/genesys', payload, headers: signed });
  };
  const postUnsigned = (body: unknown): Promise<LightMyRequestResponse> =>
    api.server.inject({ method: 'POST', url: '/webhooks/genesys', payload: JSON.stringify(body) });
  afterEach(() => api.close());

  describe('with a good signature', () => {
    for (const what of ['newer', 'duplicate', 'older', 'ignored'] as const)
      it(`is taken as a frame is, and told that it was ${what}`, async () => {
        open();
        outcome = what;
        const { statusCode, headers, body } = await post(good);
        expect(statusCode).to.equal(202);
        expect(headers['content-type']).to.match(/^application\/json/);
        expect(JSON.parse(body)).to.deep.equal({ outcome: what });
        expect(observed).to.deep.equal([{ topicName: 'webhooks.genesys', eventBody, metadata: {} }]);
        expect(api.log.of('webhook.rejected')).to.be.empty;
      });

    it('keeps the topic and the metadata that it names', async () => {
      open();
      const more = { topicName: 'v2.users.u1.conversations', metadata: { CorrelationId: 'x' } };
      expect((await post({ ...good, ...more, novelty: 1 })).statusCode).to.equal(202);
      expect(observed).to.deep.equal([{ eventBody, ...more }]);
    });

    it('takes null for a topic and metadata that there are not', async () => {
      open();
      expect((await post({ ...good, topicName: null, metadata: null })).statusCode).to.equal(202);
      expect(observed).to.deep.equal([{ topicName: 'webhooks.genesys', eventBody, metadata: {} }]);
    });

    it('takes what a topic says of a conversation without its participants', async () => {
      open();
      const attributes = { conversationId: 'c1', participantId: 'p1', attributes: { tier: 'gold' } };
      const bodies = [
        { ...good, topicName: 'v2.detail.events.conversation.c1.attributes', eventBody: attributes },
        { ...good, topicName: 'v2.users.u1.conversations', eventBody: { id: 'c1', version: 7 } },
      ];
      outcome = 'ignored';
      for (const body of bodies) expect((await post(body)).statusCode).to.equal(202);
      expect(observed).to.have.length(2);
    });

    it('may be signed with either of two secrets, in hex of either case', async () => {
      open({ secrets: ['old', 'new'] });
      for (const [index, signature] of [
        (body: string) => sign(body, 'old'),
        (body: string) => sign(body, 'new'),
        (body: string) => sign(body, 'new').toUpperCase(),
      ].entries()) {
        const body = JSON.stringify({ ...good, metadata: { index } });
        expect((await post(body, { 'x-signature': signature(body) })).statusCode, String(index)).to.equal(202);
      }
      expect(observed).to.have.length(3);
    });

    it('is of the bytes, whatever type they are said to be of', async () => {
      open();
      const types = ['application/json; charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'];
      for (const [index, type] of types.entries()) {
        const body = ` {  "event" : "e", "metadata": {"index":${index}}, "eventBody": ${JSON.stringify(eventBody)} }\n`;
        expect((await post(body, { 'content-type': type })).statusCode, type).to.equal(202);
      }
    });

    it('needs no token, no known host and no origin of its own: it comes through a reverse proxy', async () => {
      open({ token: 't' });
      expect((await post(good, { host: 'hooks.example.com', origin: 'https://hooks.example.com' })).statusCode).to.equal(202);
    });

    it('opens nothing else that way', async () => {
      open({ token: 't' });
      const headers = { 'x-signature': sign('') };
      for (const [method, url] of [
        ['GET', '/webhooks/genesys'],
        ['PUT', '/webhooks/genesys'],
        ['POST', '/webhooks/genesys/'],
        ['POST', '/webhooks/other'],
        ['GET', '/intents/nobody'],
      ] as const)
        expect((await api.server.inject({ method, url, headers })).statusCode, `${method} ${url}`).to.equal(401);
    });

    it('leaves the rest of the API its own parser', async () => {
      open();
      const url = '/conversations/c1/participants/p1/attributes';
      const { statusCode } = await api.server.inject({ method: 'PUT', url, payload: { attributes: { tier: 'gold' } } });
      expect(statusCode).to.equal(202);
    });
  });

  describe('repeated', () => {
    it('is taken, and changes nothing', async () => {
      open();
      await post(good);
      for (let count = 0; count < 2; count += 1) {
        const { statusCode, body } = await post(good);
        expect(statusCode).to.equal(202);
        expect(JSON.parse(body)).to.deep.equal({ outcome: 'duplicate' });
      }
      expect(observed).to.have.length(1);
    });

    it('changes nothing after newer ones, which no version tells', async () => {
      open();
      await post(good);
      await post({ ...good, eventBody: { ...eventBody, participants: [] } });
      expect(JSON.parse((await post(good)).body)).to.deep.equal({ outcome: 'duplicate' });
      expect(observed).to.have.length(2);
    });

    it('changes nothing either when another secret signs it', async () => {
      open({ secrets: [secret, 'new'] });
      await post(good);
      await post(good, { 'x-signature': sign(JSON.stringify(good), 'new') });
      expect(observed).to.have.length(1);
    });

    it('is refused each time, if it was refused', async () => {
      open();
      for (let count = 0; count < 2; count += 1) expect((await post({ event: 'e' })).statusCode).to.equal(422);
    });

    it('is taken when it was not at first, as the daemon stopped', async () => {
      let accepting = false;
      open({ accepting: () => accepting });
      expect((await post(good)).statusCode).to.equal(503);
      accepting = true;
      expect(JSON.parse((await post(good)).body)).to.deep.equal({ outcome: 'newer' });
    });

    it('is known among the last ones, as many as are remembered, and no further back', async () => {
      open({ remember: 3 });
      const known = async (index: number): Promise<boolean> =>
        (await post({ ...good, metadata: { index } })).body === '{"outcome":"duplicate"}';
      for (const index of [1, 2, 3]) expect(await known(index)).to.equal(false);
      // what repeats is remembered anew
      expect(await known(1)).to.equal(true);
      expect(await known(4)).to.equal(false);
      expect(await known(1)).to.equal(true);
      expect(await known(2)).to.equal(false);
    });
  });

  describe('is refused with 401', () => {
    const right = sign(JSON.stringify(good));
    const wrong: Record<string, string | string[]> = {
      'of another secret': sign(JSON.stringify(good), 'wrong'),
      'of another body': sign('{}'),
      'that is empty': '',
      'that is cut': right.slice(0, -2),
      'that goes on': `${right}00`,
      'with a name of its algorithm': `sha256=${right}`,
      'in base64': Buffer.from(right, 'hex').toString('base64'),
      'of no hex': 'z'.repeat(64),
      'with space before it': ` ${right}`,
      'with a line break after it': `${right}\n`,
      'given twice': [right, right],
    };
    for (const [what, signature] of Object.entries(wrong))
      it(`under a signature ${what}`, async () => {
        open();
        const { statusCode, body } = await post(good, { 'x-signature': signature });
        expect(statusCode).to.equal(401);
        expect(JSON.parse(body)).to.include({ path: 'X-Signature' });
        expect(observed).to.be.empty;
        const [line] = api.log.lines;
        expect(line).to.include({ event: 'webhook.rejected', level: 'warn' });
        expect(line?.fields['reason']).to.match(/^X-Signature: /);
        expect(line?.fields['bytes']).to.equal(JSON.stringify(good).length);
        for (const text of [JSON.stringify(api.log.lines), body]) {
          expect(text).not.to.contain(right.slice(0, 16));
          expect(text).not.to.contain('p1');
          expect(text).not.to.contain(secret);
        }
      });

    it('without a signature, whatever it holds', async () => {
      open();
      for (const body of [good, 'no event', {}]) expect((await postUnsigned(body)).statusCode).to.equal(401);
      expect((await api.server.inject({ method: 'POST', url: '/webhooks/genesys' })).statusCode).to.equal(401);
      expect(api.log.of('webhook.rejected').map(({ reason }) => reason)).to.deep.equal(Array(4).fill('X-Signature: is missing'));
      expect(api.log.of('webhook.rejected').at(-1)).to.include({ bytes: 0 });
    });

    it('also where it repeats one that was taken', async () => {
      open();
      await post(good);
      expect((await postUnsigned(good)).statusCode).to.equal(401);
    });

    it('for any single byte that is another, of the body or of the signature', async () => {
      open();
      const body = Buffer.from(JSON.stringify(good));
      const hex = sign(body);
      const changedBody = fc
        .record({ at: fc.nat(body.length - 1), by: fc.integer({ min: 1, max: 255 }) })
        .map(({ at, by }) => ({ body: Buffer.from(body.map((byte, index) => (index === at ? byte ^ by : byte))), hex }));
      const changedSignature = fc
        .record({ at: fc.nat(hex.length - 1), to: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })
        // upper case is the same digit
        .filter(({ at, to }) => to.toLowerCase() !== hex[at])
        .map(({ at, to }) => ({ body, hex: hex.slice(0, at) + to + hex.slice(at + 1) }));
      await fc.assert(
        fc.asyncProperty(fc.oneof(changedBody, changedSignature), async (changed) => {
          expect((await post(changed.body, { 'x-signature': changed.hex })).statusCode).to.equal(401);
        }),
        { numRuns: 500 },
      );
      expect(observed).to.be.empty;
      expect((await post(body, { 'x-signature': hex })).statusCode).to.equal(202);
    });
  });

  describe('with a body that is no event', () => {
    const confidential = 'confidential';
    const bad: [what: string, body: unknown, status: number, path: string, message: RegExp][] = [
      ['nothing', '', 400, 'body', /^body: expected JSON$/],
      ['half of JSON', `{"event":"${confidential}`, 400, 'body', /^body: expected JSON$/],
      ['a form', `event=${confidential}`, 400, 'body', /^body: expected JSON$/],
      ['a list', [confidential], 422, 'body', /^body: expected an object$/],
      ['null', null, 422, 'body', /^body: expected an object$/],
      ['no event', { eventBody }, 422, 'event', /^event: expected text$/],
      ['an empty event', { event: '', eventBody }, 422, 'event', /^event: expected text that is not empty$/],
      ['no eventBody', { event: 'e', eventbody: eventBody }, 422, 'eventBody', /^eventBody: expected an object$/],
      ['a list for eventBody', { event: 'e', eventBody: [confidential] }, 422, 'eventBody', /^eventBody: expected an object$/],
      ['a number for topicName', { ...good, topicName: 7 }, 422, 'topicName', /^topicName: expected text$/],
      ['text for metadata', { ...good, metadata: confidential }, 422, 'metadata', /^metadata: expected an object$/],
      ['several faults', { event: 1 }, 422, 'event, eventBody', /^event: expected text; eventBody: expected an object$/],
      ['no id', { event: 'e', eventBody: { participants: [confidential] } }, 422, 'eventBody', /^eventBody: tells of no conversation$/],
      ['no participants', { event: 'e', eventBody: { id: confidential } }, 422, 'eventBody', /^eventBody: tells of no conversation$/],
      [
        'an attribute event without a conversation',
        { event: 'e', topicName: 'v2.detail.events.conversation.c1.attributes', eventBody },
        422,
        'eventBody',
        /^eventBody: tells of no conversation$/,
      ],
    ];
    for (const [what, sent, status, path, message] of bad)
      it(`answers ${status} for ${what}, names the field, and repeats nothing of it`, async () => {
        open();
        const { statusCode, body } = await post(sent);
        expect(statusCode).to.equal(status);
        const told = JSON.parse(body) as Record<string, string>;
        expect(told['path']).to.equal(path);
        expect(told['message']).to.match(message);
        expect(told['remedy']).to.match(/^send /);
        const bytes = typeof sent === 'string' ? sent.length : JSON.stringify(sent).length;
        expect(api.log.of('webhook.rejected')).to.deep.equal([{ reason: told['message'], bytes }]);
        expect(`${body}${api.log.text}`).not.to.contain(confidential);
        expect(observed).to.be.empty;
      });

    it('answers 413 for one that is too large, said or found to be', async () => {
      open();
      const large = JSON.stringify({ ...good, metadata: { filler: 'x'.repeat(512_000) } });
      const { statusCode, body } = await post(large);
      expect(statusCode).to.equal(413);
      expect(JSON.parse(body)).to.deep.include({ path: 'body', remedy: 'send at most 512000 bytes' });
      expect(api.log.of('webhook.rejected')).to.deep.equal([{ reason: 'Request body is too large', bytes: large.length }]);
      await api.open();
      const chunked = await api.call('/webhooks/genesys', { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: large });
      expect(chunked.status).to.equal(413);
      expect(api.log.of('webhook.rejected')[1]).to.deep.equal({ reason: 'Request body is too large', bytes: undefined });
      expect(observed).to.be.empty;
    });
  });

  it('answers 415 for a type that is none, and tells the log', async () => {
    open();
    expect((await post(good, { 'content-type': 'none' })).statusCode).to.equal(415);
    expect(api.log.of('webhook.rejected')).to.deep.equal([{ reason: 'Unsupported Media Type', bytes: JSON.stringify(good).length }]);
    expect(observed).to.be.empty;
  });

  it('answers 503 while the daemon stops, to who may know', async () => {
    open({ accepting: () => false });
    const { statusCode, headers } = await post(good);
    expect(statusCode).to.equal(503);
    expect(headers['retry-after']).to.equal('5');
    expect(observed).to.be.empty;
    expect((await postUnsigned(good)).statusCode).to.equal(401);
  });

  it('answers 500 for a fault of its own, which is no fault of the webhook, and takes it when it comes again', async () => {
    let failing = true;
    open({
      webhook: {
        secrets: () => [secret],
        observe: () => {
          if (failing) throw new Error('broken');
          return 'newer';
        },
      },
    });
    expect((await post(good)).statusCode).to.equal(500);
    expect(api.log.lines.map(({ event }) => event)).to.deep.equal(['http.failed']);
    failing = false;
    expect(JSON.parse((await post(good)).body)).to.deep.equal({ outcome: 'newer' });
  });

  it('is signed by the secrets that count at the moment, and is not there as long as there are none', async () => {
    const now: { secrets?: string[] } = {};
    open({ webhook: { secrets: () => now.secrets, observe: () => 'newer' } });
    const posted = async (key: string): Promise<number> =>
      (await post(good, { 'x-signature': sign(JSON.stringify(good), key) })).statusCode;
    expect(await posted('new')).to.equal(404);
    now.secrets = ['new'];
    expect([await posted('old'), await posted('new')]).to.deep.equal([401, 202]);
  });

  for (const token of [undefined, 't'])
    it(`is not there without a file of secrets, ${token === undefined ? 'without' : 'with'} a token`, async () => {
      const none = { secrets: () => undefined, observe: (): never => expect.fail('nothing is observed') };
      open({ webhook: none, ...(token === undefined ? {} : { token }) });
      for (const key of [secret, '', 'undefined']) {
        const { statusCode, body } = await post(good, { 'x-signature': sign(JSON.stringify(good), key) });
        expect(statusCode).to.equal(404);
        expect(JSON.parse(body)).to.deep.equal({ message: 'there is no such path', remedy: 'see "Local API" in the README' });
      }
      expect(api.log.lines).to.be.empty;
    });
});
