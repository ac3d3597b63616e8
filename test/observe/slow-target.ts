import { Writable } from 'node:stream';

/** What a log writes to: keeps the text; while it is held, what comes waits in its buffer. */
export class SlowTarget extends Writable {
  text = '';
  #held: (() => void) | undefined;
  #holding = false;

  constructor() {
    super({ decodeStrings: false });
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    const release = this.#held;
    this.#held = undefined;
    release?.();
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    if (this.#holding) this.#held = done;
    else done();
  }
}
