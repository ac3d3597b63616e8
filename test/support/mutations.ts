import { Random } from '../../src/simulator/random.js';

/** A frame as it is sent. */
export interface Mutation {
  kind: string;
  data: Buffer;
  binary: boolean;
}

type Path = (string | number)[];

/** Stands in a value's place until the text is made: for what no JavaScript value can say. */
const placeholder = '@@';

const oddValues: readonly unknown[] = [null, true, false, 0, -1, 1.5, '', 'text', [], {}, [null], { id: {} }, ['a', 1]];
const hugeNumbers = ['1e308', '-1e308', '1e999', '9007199254740991', '9007199254740993', '123456789012345678901234567890', '1e-400'];
const intruders = [
  '"__proto__":{"polluted":"yes"}',
  '"constructor":{"prototype":{"polluted":"yes"}}',
  '"toString":1,"hasOwnProperty":null,"then":{}',
  '"__proto__":[],"__proto__":null',
];

/** Makes frames that no platform should send out of good ones. The same seed makes the same frames; all are UTF-8 but those of `badText`. */
export class Mutator {
  readonly #random: Random;
  readonly #kinds: readonly [name: string, make: (frame: Record<string, unknown>) => Buffer][];

  constructor(seed: number) {
    const random = (this.#random = new Random(seed));
    const text = (value: unknown): string => JSON.stringify(value);
    this.#kinds = [
      ['byte flips', (frame) => this.#flipped(text(frame))],
      ['truncation', (frame) => Buffer.from(text(frame)).subarray(0, random.int([0, text(frame).length - 1]))],
      ['wrong type', (frame) => Buffer.from(text(this.#changed(frame, random.pick(oddValues))))],
      ['missing field', (frame) => Buffer.from(text(this.#changed(frame, undefined)))],
      ['huge number', (frame) => this.#raw(frame, random.pick(hugeNumbers))],
      ['deep nesting', (frame) => this.#raw(frame, this.#nested(random.int([100, 8_000])))],
      ['prototype keys', (frame) => this.#raw(frame, `{${random.pick(intruders)}}`)],
      ['prototype keys at the top', (frame) => Buffer.from(text(frame).replace('{', `{${random.pick(intruders)},`))],
      ['very long string', (frame) => this.#raw(frame, `"${'x'.repeat(random.int([1_000, 100_000]))}"`)],
      ['long list', (frame) => this.#raw(frame, `[${'{"id":"p"},'.repeat(random.int([10, 2_000]))}{}]`)],
      ['noise', () => Buffer.from(Array.from({ length: random.int([0, 200]) }, () => random.int([0, 127])))],
    ];
  }

  /** A mutation of one of these frames. */
  next(frames: readonly Record<string, unknown>[]): Mutation {
    const [kind, make] = this.#random.pick(this.#kinds);
    return { kind, data: make(this.#random.pick(frames)), binary: this.#random.chance(0.1) };
  }

  /** A text frame that is no UTF-8: RFC 6455 §8.1 has the receiver fail the connection. */
  badText(frames: readonly Record<string, unknown>[]): Buffer {
    const data = Buffer.from(JSON.stringify(this.#random.pick(frames)));
    data[this.#random.int([0, data.length - 1])] = 0xff;
    return data;
  }

  /** One to three bytes are other ones, still ASCII. */
  #flipped(text: string): Buffer {
    const data = Buffer.from(text);
    for (let left = this.#random.int([1, 3]); left > 0; left -= 1) {
      const place = this.#random.int([0, data.length - 1]);
      data[place] = (data[place] ?? 0) ^ this.#random.int([1, 63]);
    }
    return data;
  }

  #raw(frame: Record<string, unknown>, value: string): Buffer {
    return Buffer.from(JSON.stringify(this.#changed(frame, placeholder)).replace(JSON.stringify(placeholder), () => value));
  }

  #nested(depth: number): string {
    return this.#random.chance(0.5) ? '['.repeat(depth) + ']'.repeat(depth) : '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
  }

  /** A copy with another value somewhere; undefined takes it away. */
  #changed(frame: Record<string, unknown>, value: unknown): unknown {
    const copy = structuredClone(frame);
    const path = this.#random.pick(pathsOf(copy));
    const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], copy);
    (holder as Record<string | number, unknown>)[path.at(-1) ?? ''] = value;
    return copy;
  }
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...pathsOf(child, here)];
  });
}
