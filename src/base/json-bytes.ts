/**
 * Thrown where the bytes are no JSON, or JSON of a kind that is left to `JSON.parse`: who reads by `JsonBytes` asks that one
 * then, which decides.
 */
export const unsure = new Error('left to JSON.parse');

/** Objects and arrays in each other, ten times as many as the platform's bodies have: what is deeper is left to `JSON.parse`, which needs no stack for it. */
const deepest = 64;

const byte = {
  tab: 0x09,
  newline: 0x0a,
  return: 0x0d,
  space: 0x20,
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  openArray: 0x5b,
  backslash: 0x5c,
  closeArray: 0x5d,
  a: 0x61,
  e: 0x65,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  u: 0x75,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

const firsts = { object: byte.openObject, array: byte.openArray, text: byte.quote } as const;

/** Names of members that are looked for, as bytes. */
export class Names<Name extends string> {
  /** By length and first byte. */
  readonly #byForm: { name: Name; bytes: Buffer }[][] = [];

  constructor(names: readonly Name[]) {
    for (const name of names) {
      const bytes = Buffer.from(name);
      (this.#byForm[formOf(bytes.length, bytes[0] ?? 0)] ??= []).push({ name, bytes });
    }
  }

  /** The name that stands from `start` to `end`; undefined if it is none of them. */
  at(bytes: Uint8Array, start: number, end: number): Name | undefined {
    const found = this.#byForm[formOf(end - start, bytes[start] ?? 0)];
    if (found === undefined) return undefined;
    for (const each of found) if (isAt(bytes, start, each.bytes)) return each.name;
    return undefined;
  }
}

function formOf(length: number, first: number): number {
  return length * 128 + (first & 127);
}

function isAt(bytes: Uint8Array, start: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index += 1) if (bytes[start + index] !== name[index]) return false;
  return true;
}

/**
 * Reads JSON from its bytes, as UTF-8, and makes only what is asked for; the rest is passed over, and checked no less than
 * `JSON.parse` would. Each method begins at a value and ends behind it; throws `unsure`.
 */
export class JsonBytes {
  /** Where it stands. */
  at = 0;
  readonly #bytes: Buffer;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Whether a value of this kind comes. */
  comes(kind: keyof typeof firsts): boolean {
    return this.#peek() === firsts[kind];
  }

  /** Goes into the object that comes; whether it has a member. */
  intoObject(): boolean {
    return this.#into(byte.openObject, byte.closeObject);
  }

  /** Behind a member's value; whether another member comes. */
  hasMember(): boolean {
    return this.#hasAnother(byte.closeObject);
  }

  intoArray(): boolean {
    return this.#into(byte.openArray, byte.closeArray);
  }

  hasElement(): boolean {
    return this.#hasAnother(byte.closeArray);
  }

  /** The member's name if it is one of those; stands at its value then. */
  name<Name extends string>(names: Names<Name>): Name | undefined {
    if (this.#peek() !== byte.quote) throw unsure;
    const start = this.at + 1;
    const form = this.#passText();
    // an escaped name may be one of them
    if (form === 'escaped') throw unsure;
    const name = names.at(this.#bytes, start, this.at - 1);
    if (this.#peek() !== byte.colon) throw unsure;
    this.at += 1;
    return name;
  }

  /** The member's name, whatever it is; stands at its value then. */
  anyName(): string {
    const name = this.#peek() === byte.quote ? this.text() : undefined;
    if (name === undefined || this.#peek() !== byte.colon) throw unsure;
    this.at += 1;
    return name;
  }

  /**
   * The text that comes; undefined if it is of another kind, which is passed over.
   * @param usual texts that are not made anew
   */
  text(usual?: Names<string>): string | undefined {
    if (this.#peek() !== byte.quote) {
      this.pass();
      return undefined;
    }
    const start = this.at;
    const form = this.#passText();
    if (form === 'escaped') return JSON.parse(this.#bytes.toString('utf8', start, this.at)) as string;
    const known = usual?.at(this.#bytes, start + 1, this.at - 1);
    return known ?? this.#bytes.toString(form === 'ascii' ? 'latin1' : 'utf8', start + 1, this.at - 1);
  }

  /** The number that comes; undefined if it is of another kind, which is passed over. */
  number(): number | undefined {
    const first = this.#peek();
    const start = this.at;
    this.pass();
    return first === byte.minus || isDigit(first) ? Number(this.#bytes.toString('latin1', start, this.at)) : undefined;
  }

  /** Passes over the value that comes. */
  pass(): void {
    switch (this.#peek()) {
      case byte.quote:
        this.#passText();
        return;
      case byte.openObject:
        for (let more = this.intoObject(); more; more = this.hasMember()) {
          if (this.#peek() !== byte.quote) throw unsure;
          this.#passText();
          if (this.#peek() !== byte.colon) throw unsure;
          this.at += 1;
          this.pass();
        }
        return;
      case byte.openArray:
        for (let more = this.intoArray(); more; more = this.hasElement()) this.pass();
        return;
      case byte.t:
        this.#passWord('true');
        return;
      case byte.f:
        this.#passWord('false');
        return;
      case byte.n:
        this.#passWord('null');
        return;
      default:
        this.#passNumber();
    }
  }

  /** Throws unless nothing but blanks follows. */
  end(): void {
    if (this.#peek() !== undefined) throw unsure;
  }

  /** The first byte that is no blank. */
  #peek(): number | undefined {
    const value = this.#bytes[this.at];
    return value === undefined || value > byte.space ? value : this.#peekBehindBlanks();
  }

  #peekBehindBlanks(): number | undefined {
    let value = this.#bytes[this.at];
    while (value === byte.space || value === byte.newline || value === byte.return || value === byte.tab) {
      this.at += 1;
      value = this.#bytes[this.at];
    }
    return value;
  }

  #into(open: number, close: number): boolean {
    if (this.#peek() !== open || this.#depth === deepest) throw unsure;
    this.at += 1;
    if (this.#peek() === close) {
      this.at += 1;
      return false;
    }
    this.#depth += 1;
    return true;
  }

  #hasAnother(close: number): boolean {
    const next = this.#peek();
    this.at += 1;
    if (next === byte.comma) return true;
    if (next !== close) throw unsure;
    this.#depth -= 1;
    return false;
  }

  #passText(): 'ascii' | 'utf8' | 'escaped' {
    const bytes = this.#bytes;
    let at = this.at + 1;
    let form: 'ascii' | 'utf8' | 'escaped' = 'ascii';
    for (;;) {
      while (isPlain[bytes[at] ?? 0] === 1) at += 1;
      const value = bytes[at] ?? 0;
      if (value === byte.quote) break;
      if (value === byte.backslash) {
        form = 'escaped';
        at += escapeAt(bytes, at) + 1;
      } else if (value >= 0x80) {
        if (form === 'ascii') form = 'utf8';
        at += 1;
      } else throw unsure;
    }
    this.at = at + 1;
    return form;
  }

  #passWord(word: string): void {
    for (let index = 0; index < word.length; index += 1) if (this.#bytes[this.at + index] !== word.charCodeAt(index)) throw unsure;
    this.at += word.length;
  }

  #passNumber(): void {
    const bytes = this.#bytes;
    let at = this.at;
    if (bytes[at] === byte.minus) at += 1;
    if (bytes[at] === byte.zero) at += 1;
    else at = digitsFrom(bytes, at);
    if (bytes[at] === byte.dot) at = digitsFrom(bytes, at + 1);
    if (((bytes[at] ?? 0) | 0x20) === byte.e) {
      const sign = bytes[at + 1];
      at = digitsFrom(bytes, at + (sign === byte.minus || sign === byte.plus ? 2 : 1));
    }
    this.at = at;
  }
}

/** Bytes of a text that are nothing but themselves: ASCII, but for quotes, backslashes and what may not stand in one. */
const isPlain = Uint8Array.from({ length: 256 }, (_, value) =>
  value >= byte.space && value < 0x80 && value !== byte.quote && value !== byte.backslash ? 1 : 0,
);

function digitsFrom(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(bytes[at])) at += 1;
  if (at === start) throw unsure;
  return at;
}

function isDigit(value: number | undefined): boolean {
  return value !== undefined && value >= byte.zero && value <= byte.nine;
}

const escapes = new Set(['"', '\\', '/', 'b', 'f', 'n', 'r', 't'].map((each) => each.charCodeAt(0)));

/** How many bytes follow the backslash at `at`. */
function escapeAt(bytes: Uint8Array, at: number): number {
  const value = bytes[at + 1] ?? 0;
  if (escapes.has(value)) return 1;
  if (value !== byte.u) throw unsure;
  for (let index = 2; index < 6; index += 1) if (!isHex(bytes[at + index] ?? 0)) throw unsure;
  return 5;
}

function isHex(value: number): boolean {
  const letter = value | 0x20;
  return (value >= byte.zero && value <= byte.nine) || (letter >= byte.a && letter <= byte.f);
}
