import { JsonBytes, Names, unsure } from '../base/json-bytes.js';
import { plainEvent, type NotificationEvent } from './frames.js';

/**
 * Reads an event's body from its bytes, as far as somebody asks for it; throws `unsure` for a body that is not of the kind
 * which it reads. Ends behind it.
 */
export type BodyReader = (bytes: JsonBytes) => unknown;

/** Topics of events that are told as such; what the platform says of channels and sockets is left to `decodeFrame`. */
const isEvent = (topicName: string): boolean => topicName.startsWith('v2.') && !topicName.startsWith('v2.system.');

const members = new Names(['topicName', 'eventBody', 'metadata']);

/**
 * The event of a frame, its body read by `readBody` in one walk over the bytes: what nobody asks for is not made, which is
 * most of what a frame costs (test/bench/ingest.ts). Undefined for any frame that is left to `decodeFrame`, the oracle of
 * its test, also one that is not JSON.
 */
export function eventOfBytes(bytes: Buffer, readBody: BodyReader): NotificationEvent | undefined {
  try {
    return readFrame(new JsonBytes(bytes), bytes, readBody);
  } catch (error) {
    if (error === unsure) return undefined;
    throw error;
  }
}

/** For who holds an event longer than it is handled: what it came with, a chunk of the socket's, need not live on for it. */
export function keepEvent(event: NotificationEvent): void {
  if (event instanceof BytesEvent) event.keep();
}

/** An event as JSON, as it came: where it was read from bytes, these. */
export function eventText(event: NotificationEvent): string {
  return event instanceof BytesEvent ? event.json : JSON.stringify(plainEvent(event));
}

function readFrame(json: JsonBytes, bytes: Buffer, readBody: BodyReader): NotificationEvent | undefined {
  const event = new BytesEvent(bytes);
  for (let more = json.intoObject(); more; more = json.hasMember()) {
    switch (json.name(members)) {
      case 'topicName':
        event.topicName = json.text() ?? '';
        break;
      case 'eventBody':
        event.body.start = json.at;
        event.read = readBody(json);
        event.body.end = json.at;
        break;
      case 'metadata':
        if (!json.comes('object')) return undefined;
        event.told.start = json.at;
        json.pass();
        event.told.end = json.at;
        break;
      default:
        json.pass();
    }
  }
  json.end();
  return isEvent(event.topicName) && event.body.end > 0 ? event : undefined;
}

/** Where something stands in the bytes; from 0 to 0 if it does not. */
interface Place {
  start: number;
  end: number;
}

/** An event whose body and metadata are made when somebody asks for them. */
class BytesEvent implements NotificationEvent {
  topicName = '';
  read: unknown;
  readonly body: Place = { start: 0, end: 0 };
  readonly told: Place = { start: 0, end: 0 };
  #bytes: Buffer;
  #kept = false;
  #eventBody: NotificationEvent['eventBody'] | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  keep(): void {
    if (!this.#kept) this.#bytes = Buffer.from(this.#bytes);
    this.#kept = true;
  }

  get eventBody(): NotificationEvent['eventBody'] {
    return (this.#eventBody ??= this.#made(this.body));
  }

  get metadata(): NotificationEvent['metadata'] {
    return this.told.end === 0 ? {} : this.#made(this.told);
  }

  get json(): string {
    const metadata = this.told.end === 0 ? '{}' : this.#text(this.told);
    return `{"topicName":${JSON.stringify(this.topicName)},"eventBody":${this.#text(this.body)},"metadata":${metadata}}`;
  }

  /** An object, as it was read as one. */
  #made(place: Place): Readonly<Record<string, unknown>> {
    return JSON.parse(this.#text(place)) as Readonly<Record<string, unknown>>;
  }

  #text({ start, end }: Place): string {
    return this.#bytes.toString('utf8', start, end);
  }
}
