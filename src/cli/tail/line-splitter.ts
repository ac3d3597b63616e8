import { StringDecoder } from 'node:string_decoder';

/** Far more than a line of the daemon has (48 KiB), in characters: what is longer is none, and must not fill the memory. */
const longestLine = 256 * 1024;

/** Cuts chunks of bytes into lines, whatever the chunks' borders; of a line without end only the beginning. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  /** The beginning of this line was given already. */
  #cut = false;

  *push(chunk: Buffer): Generator<string> {
    const text = this.#decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = this.#rest + text.slice(start, end);
      this.#rest = '';
      start = end + 1;
      if (!this.#cut) yield line.replace(/\r$/, '').slice(0, longestLine);
      this.#cut = false;
    }
    if (this.#cut) return;
    this.#rest += text.slice(start);
    if (this.#rest.length <= longestLine) return;
    yield this.#rest.slice(0, longestLine);
    this.#rest = '';
    this.#cut = true;
  }

  /** A last line without its end, if there is one. */
  *end(): Generator<string> {
    if (this.#rest !== '') yield this.#rest;
    this.#rest = '';
  }
}
