import { expect } from 'chai';
import fc from 'fast-check';
import { shown, type Channel } from '../../src/genesys/channel.js';
import { lineOf } from '../../src/recording/format.js';
import { Masker } from '../../src/recording/mask.js';

const channel: Channel = { id: 'streaming-9-hush', connectUri: 'wss://streaming/channels/streaming-9-hush', expires: undefined };
const key = new Uint8Array(32).fill(7);
const masking = new Masker({ key, values: false });
const keeping = new Masker({ key, values: true });

/** A value that stands nowhere but in attributes. */
const value = fc
  .string({ unit: fc.constantFrom('ä', '☎', '"', '\\', '\u2028', '7'), minLength: 1, maxLength: 6 })
  .map((text) => `hush${text}`);
const attributes = fc.dictionary(
  fc.constantFrom('tier', 'x', '__proto__'),
  fc.oneof(value, fc.constant(''), fc.array(value), fc.record({ deep: value })),
);
const id = fc.constantFrom(channel.id, `v2.channels.${channel.id}.x`, channel.connectUri);
const participant = fc.record(
  { id: fc.uuid(), ani: fc.constant('+15551000001'), attributes, calls: fc.constant([{ state: 'connected' }]) },
  { requiredKeys: ['id'] },
);
const frame = fc.oneof(
  fc.record({
    topicName: fc.constantFrom('v2.users.u.conversations', 'v2.users.u.conversations.calls'),
    eventBody: fc.record(
      { id: fc.uuid(), participants: fc.array(participant), customAttributes: attributes, peer: fc.oneof(id, fc.uuid()) },
      { requiredKeys: ['id'] },
    ),
    metadata: fc.record({ CorrelationId: id, channelId: id }),
  }),
  fc.record({
    topicName: fc.constant('v2.detail.events.conversation.c.attributes'),
    eventBody: fc.record({ conversationId: fc.uuid(), participantId: fc.uuid(), attributes }),
  }),
  fc.record({
    topicName: id.map((each) => `v2.system.no_longer_subscribed.${each}`),
    eventBody: fc.record({ reason: id, [channel.id]: fc.constant(1) }),
  }),
  id,
  fc.array(id),
);

/** All that a JSON value has in it, without JSON's escapes. */
function textsIn(json: unknown): string[] {
  if (typeof json === 'string') return [json];
  return typeof json === 'object' && json !== null ? Object.entries(json).flatMap(([name, each]) => [name, ...textsIn(each)]) : [];
}

describe('Masker', () => {
  it('leaves no attribute value and no channel id in the line of any frame', () => {
    fc.assert(
      fc.property(frame, (json) => {
        const line = lineOf({ at: '2026-01-01T00:00:00.000Z', ms: 1, channel: shown(channel), frame: masking.frame(json, channel) });
        expect(line).to.not.match(/hush/);
        expect(textsIn(JSON.parse(line)).join(' ')).to.not.match(/hush/);
        expect(line.trimEnd()).to.not.match(/[\n\u2028\u2029]/);
      }),
    );
  });

  it('leaves no channel id in it where values are kept', () => {
    fc.assert(
      fc.property(frame, (json) => {
        expect(textsIn(keeping.frame(json, channel)).join(' ')).to.not.include(channel.id);
      }),
    );
  });

  const map = (value: unknown): unknown =>
    (masking.frame({ attributes: { value } }, channel) as { attributes: { value: unknown } }).attributes.value;

  it('gives equal values one digest and others another, as rules see them: a number is its text', () => {
    expect(map('gold'))
      .to.match(/^~[\w-]{12}$/)
      .and.to.equal(map('gold'));
    expect(map('gold')).to.not.equal(map('silver'));
    expect(map(5)).to.equal(map('5'));
    expect(map(true)).to.equal(map('true'));
  });

  it('gives another digest with another key', () => {
    const other = new Masker({ key: new Uint8Array(32).fill(8), values: false });
    expect(other.frame({ attributes: { value: 'gold' } }, channel)).to.not.deep.equal({ attributes: { value: map('gold') } });
  });

  it('leaves an empty text and null as they are', () => {
    expect(masking.frame({ attributes: { a: '', b: null } }, channel)).to.deep.equal({ attributes: { a: '', b: null } });
  });

  it('leaves phone numbers, names, and all that is no attribute', () => {
    const json = {
      topicName: 'v2.users.u.conversations',
      eventBody: { id: 'c', participants: [{ ani: '+1555', name: 'Ada', version: 3 }], endTime: null },
    };
    expect(masking.frame(json, channel)).to.deep.equal(json);
  });

  it('keeps attribute values where they are asked for', () => {
    expect(keeping.frame({ attributes: { tier: 'gold' } }, channel)).to.deep.equal({ attributes: { tier: 'gold' } });
  });

  it('takes the id from a system topic also if it is another channel’s', () => {
    expect(keeping.frame({ topicName: 'v2.system.token_revoked.other-7' }, channel)).to.deep.equal({
      topicName: 'v2.system.token_revoked.…',
    });
  });

  it('records of a text that is no JSON its length, or where values are kept the text without the channel’s id', () => {
    expect(masking.text('tier gold', channel)).to.equal(9);
    expect(keeping.text(`tier gold ${channel.id}`, channel)).to.equal(`tier gold ${shown(channel)}`);
  });
});
