/** The terminal's own words (ECMA-48, xterm): a second screen, so that what stood there comes back; the cursor; erasing. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[2J';
const leave = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const restOfLine = '\u001b[K';
const restOfScreen = '\u001b[J';

/** Ctrl-C and Ctrl-D come as these in raw mode. */
const quitKeys = /[qQ\u0003\u0004]/;

export interface ScreenDeps {
  out: NodeJS.WriteStream;
  /** Where keys come from; undefined if that is taken by something else. */
  keys: NodeJS.ReadStream | undefined;
  onQuit: () => void;
  /** Its size is another one. */
  onResize: () => void;
}

/** A terminal's screen that is drawn on as a whole; leaves the terminal as it was. */
export class Screen {
  readonly #deps: ScreenDeps;

  constructor(deps: ScreenDeps) {
    this.#deps = deps;
  }

  open(): void {
    const { out, keys, onResize } = this.#deps;
    out.write(enter);
    out.on('resize', onResize);
    keys?.setRawMode(true).setEncoding('utf8').on('data', this.#key).resume();
  }

  draw(lines: readonly string[]): void {
    // erased line by line, as erasing first flickers
    this.#deps.out.write(`${home}${lines.map((line) => `${line}${restOfLine}`).join('\r\n')}${restOfScreen}`);
  }

  close(): void {
    const { out, keys, onResize } = this.#deps;
    keys?.off('data', this.#key).setRawMode(false).pause();
    out.off('resize', onResize);
    out.write(leave);
  }

  readonly #key = (typed: string | Buffer): void => {
    if (quitKeys.test(typed.toString())) this.#deps.onQuit();
  };
}
