import { expect } from 'chai';
import fc from 'fast-check';
import { readBody } from '../../src/conversation/body-bytes.js';
import { media } from '../../src/conversation/body.js';
import { normaliseEvent } from '../../src/conversation/normalise.js';
import { eventOfBytes, eventText, keepEvent } from '../../src/genesys/frame-bytes.js';
import { decodeFrame, plainEvent } from '../../src/genesys/frames.js';
import { bodyA, bodyB } from '../../src/simulator/platform/bodies.js';
import { callsOf, framesOf } from '../bench/ingest/feed.js';
import { jsonText, mutated, objectText } from '../support/json-texts.js';

const textIn = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values.map((value) => JSON.stringify(value)));
/** Mostly what is expected, at times anything. */
const mostly = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 40, arbitrary: usual },
    { weight: 1, arbitrary: fc.constantFrom('""', 'null', '5', '"\\u0061\\"é€"') },
    { weight: 1, arbitrary: jsonText },
  );
const listOf = (each: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.array(each, { maxLength: 3 }).map((all) => `[${all.join(',')}]`);

/** An object some of whose members are these, in any order, at times twice, and others beside them. */
function bodyText(members: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<string> {
  const known = Object.entries(members).map(([name, value]) => value.map((text) => [JSON.stringify(name), text] as const));
  const other = fc.tuple(fc.constantFrom('"name"', '"selfUri"', '"__proto__"', '"constructor"', '""', '"\\u0069d"', '"é"'), jsonText);
  const some = fc.subarray(known, { minLength: Math.floor(known.length / 2) }).chain((chosen) => fc.tuple(...chosen));
  const more = fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.oneof(other, ...known), { maxLength: 2 }) },
  );
  return objectText(
    fc.tuple(some, more).chain(([first, rest]) => fc.shuffledSubarray([...first, ...rest], { minLength: first.length + rest.length })),
  );
}

const time = textIn('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.500Z');
const state = textIn('alerting', 'connected', 'disconnected', 'terminated', 'unheard-of');
const version = fc.constantFrom('1', '17', '-1', '1.5', '1e3', '-0', '9007199254740993');
const reference = bodyText({ id: textIn('u', 'q'), selfUri: textIn('/u') });
const leg = bodyText({
  id: textIn('l'),
  state: mostly(state),
  connectedTime: mostly(time),
  disconnectedTime: mostly(time),
  held: fc.constantFrom('true', 'false'),
});
const attributes = fc.oneof(
  objectText(fc.array(fc.tuple(textIn('a', 'tier', '__proto__', 'ä', '1'), mostly(textIn('x', 'é', ''))), { maxLength: 4 })),
  fc.constant('{}'),
);
const legLists = Object.fromEntries(media.slice(0, 4).map((name) => [name, mostly(listOf(mostly(leg)))]));
const participantText = (withLegs: boolean): fc.Arbitrary<string> =>
  bodyText({
    id: mostly(textIn('p', 'q', 'r')),
    purpose: mostly(textIn('customer', 'agent', 'acd', 'odd')),
    state: mostly(state),
    attributes: mostly(attributes),
    userId: mostly(textIn('u')),
    user: mostly(reference),
    queueId: mostly(textIn('w')),
    queue: mostly(reference),
    address: mostly(textIn('tel:+15551234', 'sip:x')),
    ani: mostly(textIn('+1')),
    dnis: mostly(textIn('+2')),
    startTime: mostly(time),
    connectedTime: mostly(time),
    endTime: mostly(time),
    version: mostly(version),
    etag: mostly(textIn('e')),
    ...(withLegs ? legLists : {}),
  });
const participants = listOf(fc.boolean().chain(participantText));
const body = bodyText({
  id: mostly(textIn('c')),
  participants: mostly(participants),
  version: mostly(version),
  etag: mostly(textIn('e')),
  endTime: mostly(time),
});
const topic = textIn(
  ...[
    'v2.users.u.conversations',
    'v2.users.u.conversations.calls',
    'v2.routing.queues.q.conversations.emails',
    'v2.detail.events.conversation.c.acd.start',
  ],
  ...['v2.system.socket_closing', 'channel.metadata', 'v2.users.u.presence', 'other'],
);
const frameText = bodyText({
  topicName: topic,
  eventBody: mostly(body),
  metadata: mostly(bodyText({ CorrelationId: textIn('k') })),
  version: textIn('2'),
});

/** What is made of a frame all at once; undefined if it is no event. */
function plainly(bytes: Buffer): unknown {
  try {
    const frame = decodeFrame(bytes.toString('utf8'));
    return frame.kind === 'event' ? { event: frame.event, told: normaliseEvent(frame.event) } : undefined;
  } catch {
    return undefined;
  }
}

/** The same from its bytes; undefined if it is left to the above. */
function quickly(bytes: Buffer): unknown {
  // as a socket has it, in the middle of others
  const event = eventOfBytes(Buffer.concat([Buffer.from('{"a":'), bytes, Buffer.from('"}]0')]).subarray(5, 5 + bytes.length), readBody);
  // told first, and the body made last: nobody has asked for it yet
  if (event === undefined) return undefined;
  const told = normaliseEvent(event);
  expect(JSON.parse(eventText(event)), 'as JSON').to.deep.equal(plainEvent(event));
  return { told, event: plainEvent(event) };
}

describe('an event read from its bytes', () => {
  it('is what JSON.parse and normaliseEvent make of it, or left to them', () => {
    let read = 0;
    fc.assert(
      fc.property(frameText, (text) => {
        const bytes = Buffer.from(text);
        const quick = quickly(bytes);
        if (quick === undefined) return;
        read += 1;
        expect(quick, text).to.deep.equal(plainly(bytes));
      }),
      { numRuns: 3_000 },
    );
    expect(read).to.be.above(100);
  });

  it('is so too where bytes of it were changed on the way', () => {
    const frames = framesOf({ conversations: 20, changes: 2, bytes: 2_700, versionAt: 'last', seed: 3 }).map((frame) =>
      frame.toString('utf8'),
    );
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...frames), frameText).chain(mutated), (bytes) => {
        const quick = quickly(bytes);
        if (quick !== undefined) expect(quick, bytes.toString('utf8')).to.deep.equal(plainly(bytes));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is read so wherever the platform tells of a conversation', () => {
    for (const versionAt of ['first', 'last', 'absent'] as const)
      for (const frame of framesOf({ conversations: 20, changes: 2, bytes: 8_000, versionAt, seed: 3 })) {
        const quick = quickly(frame);
        expect(quick).to.not.equal(undefined);
        expect(quick).to.deep.equal(plainly(frame));
      }
    for (const call of callsOf({ conversations: 5, seed: 3 }))
      for (const eventBody of [bodyA(call), bodyB(call)]) {
        const frame = Buffer.from(JSON.stringify({ topicName: 'v2.users.u.conversations.calls', eventBody }, undefined, 2));
        expect(quickly(frame)).to.not.equal(undefined);
        expect(quickly(frame)).to.deep.equal(plainly(frame));
      }
  });

  it('has its body made when somebody asks for it, and once', () => {
    const event = eventOfBytes(
      Buffer.from('{"topicName":"v2.users.u.conversations","eventBody":{"id":"c","participants":[],"novelty":[1]}}'),
      readBody,
    );
    expect(event?.eventBody).to.deep.equal({ id: 'c', participants: [], novelty: [1] });
    expect(event?.eventBody).to.equal(event?.eventBody);
    expect(event?.metadata).to.deep.equal({});
  });

  it('needs the bytes no more that it came with once it is kept', () => {
    const bytes = Buffer.from(
      '{"topicName":"v2.users.u.conversations","eventBody":{"id":"c","participants":[]},"metadata":{"CorrelationId":"k"}}',
    );
    const event = eventOfBytes(bytes, readBody);
    if (event === undefined) throw new Error('it was not read');
    keepEvent(event);
    bytes.fill(0);
    expect(plainEvent(event)).to.deep.equal({
      topicName: 'v2.users.u.conversations',
      eventBody: { id: 'c', participants: [] },
      metadata: { CorrelationId: 'k' },
    });
  });
});
