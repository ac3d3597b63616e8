import { usualTexts, type Participant, type Shape, type Snapshot } from './snapshot.js';

/**
 * A snapshot in one text of a quarter of its size, for a conversation that nobody asks for (test/bench/memory.ts): a UUID
 * takes 16 characters, a time 6, and what was there before in it, or is usual, 1. The conversation's id is not in it.
 * `unpack` makes an equal snapshot of it.
 */
export function pack({ participants, version, etag, endTime, shape, timestamp }: Snapshot): string {
  const texts = new Packer();
  for (const value of [version, etag, endTime, shape, timestamp]) texts.value(value);
  texts.count(participants.length);
  for (const participant of participants) {
    for (const name of fields) texts.value(participant[name]);
    const attributes = participant.attributes === undefined ? [] : Object.entries(participant.attributes);
    texts.count(participant.attributes === undefined ? 0 : attributes.length + 1);
    for (const [key, value] of attributes) {
      texts.value(key);
      texts.value(value);
    }
  }
  return texts.packed;
}

export function unpack(packed: string, id: string): Snapshot {
  const texts = new Unpacker(packed);
  const version = texts.number();
  const etag = texts.text();
  const endTime = texts.text();
  const shape: Shape = texts.text() === 'A' ? 'A' : 'B';
  const timestamp = texts.number();
  const participants = Array.from({ length: texts.count() }, () => participantOf(texts));
  const snapshot = { id, participants, version, etag, endTime, shape };
  return timestamp === undefined ? snapshot : { ...snapshot, timestamp };
}

/** In the order in which `participantOf` reads them. */
const fields = [
  'id',
  'purpose',
  'state',
  'userId',
  'queueId',
  'media',
  'address',
  'ani',
  'dnis',
  'startTime',
  'connectedTime',
  'endTime',
  'version',
  'etag',
] as const satisfies (keyof Participant)[];

function participantOf(texts: Unpacker): Participant {
  const id = texts.text() ?? '';
  const [purpose, state, userId, queueId, media] = [texts.text(), texts.text(), texts.text(), texts.text(), texts.text()];
  const [address, ani, dnis, startTime, connectedTime] = [texts.text(), texts.text(), texts.text(), texts.text(), texts.text()];
  const endTime = texts.text();
  const version = texts.number();
  const etag = texts.text();
  const attributes = attributesOf(texts);
  // the fields in the order in which bodies are read, so that all participants have one shape in memory
  return { id, purpose, state, attributes, userId, queueId, media, address, ani, dnis, startTime, connectedTime, endTime, version, etag };
}

function attributesOf(texts: Unpacker): Record<string, string> | undefined {
  const count = texts.count();
  if (count === 0) return undefined;
  return Object.fromEntries(Array.from({ length: count - 1 }, () => [texts.text() ?? '', texts.text() ?? '']));
}

/** What a value begins with. */
const tag = { nothing: '\0', uuid: '\x01', time: '\x02', before: '\x03', number: '\x04', short: '\x05', long: '\x06' } as const;

/** Bytes of a time in ms (until the year 10889), of a whole number up to 2^53, and of a length or count. */
const width = { time: 6, number: 7, count: 4 } as const;

/** Texts that many snapshots have. Nothing packed outlives the process, so that they may change. */
const usual: readonly string[] = [...['A', 'B', 'calls', 'emails', 'messages'], ...usualTexts];

/** What fits into one character of a byte. */
const byte = 256;

const uuidForm = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

class Packer {
  readonly #parts: string[] = [];
  readonly #before = new Map(usual.map((text, index) => [text, index]));

  get packed(): string {
    return this.#parts.join('');
  }

  count(count: number): void {
    this.#parts.push(bytesOf(count, width.count));
  }

  value(value: string | number | undefined): void {
    if (value === undefined) this.#parts.push(tag.nothing);
    else if (typeof value === 'number') this.#parts.push(tag.number, bytesOf(value, width.number));
    else this.#text(value);
  }

  #text(text: string): void {
    const before = this.#before.get(text);
    if (before !== undefined && before < byte) {
      this.#parts.push(tag.before, String.fromCharCode(before));
      return;
    }
    this.#before.set(text, this.#before.size);
    const time = timeOf(text);
    if (time !== undefined) this.#parts.push(tag.time, bytesOf(time, width.time));
    else if (uuidForm.test(text)) this.#parts.push(tag.uuid, Buffer.from(text.replaceAll('-', ''), 'hex').toString('latin1'));
    else if (text.length < byte) this.#parts.push(tag.short, String.fromCharCode(text.length), text);
    else this.#parts.push(tag.long, bytesOf(text.length, width.count), text);
  }
}

class Unpacker {
  readonly #packed: string;
  readonly #before = [...usual];
  #at = 0;

  constructor(packed: string) {
    this.#packed = packed;
  }

  count(): number {
    return numberOf(this.#take(width.count));
  }

  number(): number | undefined {
    return this.#take(1) === tag.number ? numberOf(this.#take(width.number)) : undefined;
  }

  text(): string | undefined {
    const kind = this.#take(1);
    if (kind === tag.nothing) return undefined;
    if (kind === tag.before) return this.#before[this.#take(1).charCodeAt(0)];
    const text = this.#new(kind);
    this.#before.push(text);
    return text;
  }

  #new(kind: string): string {
    switch (kind) {
      case tag.time:
        return new Date(numberOf(this.#take(width.time))).toISOString();
      case tag.uuid: {
        const hex = Buffer.from(this.#take(16), 'latin1').toString('hex');
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
      }
      case tag.short:
        return this.#take(this.#take(1).charCodeAt(0));
      default:
        return this.#take(this.count());
    }
  }

  #take(length: number): string {
    this.#at += length;
    return this.#packed.slice(this.#at - length, this.#at);
  }
}

/** A time as the platform writes it, in ms; undefined for any other text, also for a time that is written in another way. */
function timeOf(text: string): number | undefined {
  if (text.length !== 24 || !text.endsWith('Z')) return undefined;
  const time = Date.parse(text);
  return time >= 0 && new Date(time).toISOString() === text ? time : undefined;
}

function bytesOf(value: number, count: number): string {
  let text = '';
  for (let rest = value, left = count; left > 0; left -= 1, rest = Math.floor(rest / byte)) text += String.fromCharCode(rest % byte);
  return text;
}

function numberOf(bytes: string): number {
  let value = 0;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = value * byte + bytes.charCodeAt(at);
  return value;
}
