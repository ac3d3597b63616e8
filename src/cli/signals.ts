import { exitCodes } from './exit-codes.js';

/** Signals, from the first moment on: the first SIGTERM or SIGINT stops, a second one ends the process at once. */
export class Signals {
  readonly received: Promise<NodeJS.Signals>;
  /** What a second one ends the process with: once all is over but for the last lines of the log, how it came out. */
  exitCode: number = exitCodes.crashed;
  #onHangup: (() => void) | undefined;
  #hungUp = false;

  constructor() {
    this.received = new Promise((resolve) => {
      let count = 0;
      const onSignal = (signal: NodeJS.Signals): void => {
        count += 1;
        if (count > 1) process.exit(this.exitCode);
        resolve(signal);
      };
      process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
      process.on('SIGHUP', () => {
        if (this.#onHangup === undefined) this.#hungUp = true;
        else this.#onHangup();
      });
    });
  }

  /** What SIGHUP does from now on; one that came before anything was said is made up for. */
  onHangup(run: () => void): void {
    this.#onHangup = run;
    if (this.#hungUp) run();
    this.#hungUp = false;
  }
}
