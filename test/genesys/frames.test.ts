import { expect } from 'chai';
import fc from 'fast-check';
import { decodeFrame, type Frame } from '../../src/genesys/frames.js';

const decode = (value: unknown): Frame => decodeFrame(JSON.stringify(value));

describe('decodeFrame', () => {
  it('takes an event as it came, unknown keys and values included', () => {
    const eventBody = { id: 'c1', participants: [{ state: 'never-heard-of' }], novelty: { deep: [null, 1] } };
    const frame = decode({
      topicName: 'v2.users.u1.conversations',
      version: '2',
      eventBody,
      metadata: { CorrelationId: 'x', more: 1 },
      extra: 1,
    });
    expect(frame).to.deep.equal({
      kind: 'event',
      event: { topicName: 'v2.users.u1.conversations', eventBody, metadata: { CorrelationId: 'x', more: 1 } },
    });
  });

  it('does without metadata', () => {
    for (const without of [{}, { metadata: null }]) {
      expect(decode({ topicName: 'v2.x', eventBody: {}, ...without })).to.deep.equal({
        kind: 'event',
        event: { topicName: 'v2.x', eventBody: {}, metadata: {} },
      });
    }
  });

  const kinds: [name: string, frame: unknown, decoded: Frame][] = [
    ['a heartbeat', { topicName: 'channel.metadata', eventBody: { message: 'WebSocket Heartbeat' } }, { kind: 'heartbeat' }],
    ['metadata of another kind', { topicName: 'channel.metadata', eventBody: { news: 1 } }, { kind: 'heartbeat' }],
    ['a pong', { topicName: 'channel.metadata', eventBody: { message: 'pong' } }, { kind: 'pong' }],
    [
      'the announcement of a close',
      { topicName: 'v2.system.socket_closing', eventBody: { message: 'closing' } },
      { kind: 'closing', name: 'socket_closing', decision: 'rotate' },
    ],
    [
      'the end of a subscription',
      { topicName: 'v2.system.no_longer_subscribed.streaming-1-secret', eventBody: { reason: 'another_channel_subscribed' } },
      { kind: 'closing', name: 'no_longer_subscribed', decision: 'new-channel' },
    ],
    [
      'the end of a subscription that names no channel',
      { topicName: 'v2.system.no_longer_subscribed', eventBody: {} },
      { kind: 'closing', name: 'no_longer_subscribed', decision: 'new-channel' },
    ],
    [
      'the end of a token',
      { topicName: 'v2.system.token_revoked.123', eventBody: { reason: 'user_tokens_revoked' } },
      { kind: 'closing', name: 'token_revoked', decision: 'new-channel' },
    ],
    [
      'an answer to a subscribe frame',
      { result: '200', status: 'subscribed', correlationId: 'k' },
      { kind: 'reply', result: '200', correlationId: 'k' },
    ],
    ['an answer with a number', { result: 400 }, { kind: 'reply', result: '400', correlationId: undefined }],
    ['an answer that names a topic', { result: '404', topicName: 'v2.x' }, { kind: 'reply', result: '404', correlationId: undefined }],
    [
      'an answer under the metadata topic',
      { result: '200', topicName: 'channel.metadata' },
      { kind: 'reply', result: '200', correlationId: undefined },
    ],
  ];
  for (const [name, frame, decoded] of kinds) {
    it(`knows ${name}`, () => {
      expect(decode(frame)).to.deep.equal(decoded);
    });
  }

  it('takes a topic that only begins like a system topic for an event', () => {
    expect(decode({ topicName: 'v2.system.token_revoked_not', eventBody: {} }).kind).to.equal('event');
    expect(decode({ topicName: 'v2.systems.socket_closing', eventBody: {} }).kind).to.equal('event');
  });

  const shapeless = 'the frame has neither topicName and eventBody nor result';
  for (const [text, message] of [
    ['', 'the frame is not JSON'],
    ['{"topicName":', 'the frame is not JSON'],
    ['null', shapeless],
    ['[]', shapeless],
    ['"text"', shapeless],
    ['{}', shapeless],
    ['{"topicName":"v2.x"}', shapeless],
    ['{"topicName":"channel.metadata","eventBody":null}', shapeless],
    ['{"topicName":"v2.x","eventBody":[]}', shapeless],
    ['{"topicName":1,"eventBody":{}}', shapeless],
    ['{"topicName":"v2.x","eventBody":{},"metadata":1}', shapeless],
    ['{"result":"200","correlationId":1}', shapeless],
    ['{"result":{"id":{}}}', shapeless],
    ['{"result":[[]]}', shapeless],
    ['{"result":null}', shapeless],
  ] as const) {
    it(`says what is wrong with ${text === '' ? 'an empty frame' : text}`, () => {
      expect(() => decodeFrame(text)).to.throw(Error, new RegExp(`^${message}$`));
    });
  }

  it('never throws anything but its fixed messages, whatever comes', () => {
    const messages = new Set(['the frame is not JSON', shapeless]);
    const names = fc.constantFrom('channel.metadata', 'v2.system.socket_closing', 'v2.system.token_revoked.1', 'v2.x');
    const odd = fc.dictionary(
      fc.constantFrom('topicName', 'eventBody', 'metadata', 'result', '__proto__', 'correlationId'),
      fc.jsonValue(),
    );
    const near = fc.record(
      { topicName: names, eventBody: fc.jsonValue(), metadata: fc.jsonValue(), result: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      odd.map((value) => JSON.stringify(value)),
      near.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const frame = decodeFrame(text);
          if (frame.kind === 'event') expect(frame.event.eventBody).to.be.an('object');
        } catch (error) {
          expect(error).to.be.instanceOf(Error);
          expect(messages).to.include((error as Error).message);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
