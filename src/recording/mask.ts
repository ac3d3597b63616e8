import { createHmac } from 'node:crypto';
import { shown, type Channel } from '../genesys/channel.js';

/** Maps of attributes: `attributes` of a participant or a detail event, and whatever else is named like it. */
const attributeMap = /attributes$/i;

/** Fields that hold what opens a channel or an account, wherever they stand. */
const secretField = /^(channel_?id|connect_?uri|access_?token|authorization)$/i;

/** System topics end in the id of a channel or of a token (genesys-cloud.md §3). */
const systemTopic = /\b(v2\.system\.\w+)\.[^\s"]+/g;

/** Characters of a digest: 72 bits, so that no two values of a recording meet. */
const digestLength = 12;

export interface MaskerOptions {
  /** A random key that is forgotten with the recording: equal values stay equal within it, and none can be guessed. */
  key: Uint8Array;
  /** Whether attribute values stay as they are; channel ids never do. */
  values: boolean;
}

/** Takes out of frames what must not be in a file: the ids of channels, and attribute values unless they are asked for. */
export class Masker {
  readonly #key: Uint8Array;
  readonly #values: boolean;

  constructor({ key, values }: MaskerOptions) {
    this.#key = key;
    this.#values = values;
  }

  /** A frame's JSON without secrets. */
  frame(json: unknown, channel: Channel): unknown {
    if (typeof json === 'string') return this.#text(json, channel);
    if (Array.isArray(json)) return json.map((each) => this.frame(each, channel));
    if (typeof json !== 'object' || json === null) return json;
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => [this.#text(name, channel), this.#field(name, value as unknown, channel)]),
    );
  }

  /** What is recorded of a frame that is not JSON: as it may hold anything, its length only, unless values are asked for. */
  text(text: string, channel: Channel): string | number {
    return this.#values ? this.#text(text, channel) : text.length;
  }

  #field(name: string, value: unknown, channel: Channel): unknown {
    if (secretField.test(name)) return '…';
    return attributeMap.test(name) && !this.#values ? this.#digests(value, channel) : this.frame(value, channel);
  }

  /** Each value below an attribute map; what an empty text and null say stays. */
  #digests(value: unknown, channel: Channel): unknown {
    if (value === '' || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.#digests(each, channel));
    if (typeof value === 'object')
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [this.#text(name, channel), this.#digests(each as unknown, channel)]),
      );
    // numbers and booleans count as their text, as rules see them
    return `~${createHmac('sha256', this.#key)
      .update(typeof value === 'string' ? value : JSON.stringify(value))
      .digest('base64url')
      .slice(0, digestLength)}`;
  }

  #text(text: string, channel: Channel): string {
    return text.replaceAll(channel.id, shown(channel)).replace(systemTopic, '$1.…');
  }
}
