import { exitCodes } from './exit-codes.js';

/** Signals, from the first moment on: the first SIGTERM or SIGINT stops, a second one ends the process at once. */
export class Signals {
  readonly received: Promise<NodeJS.Signals>;
  onHangup: () => void = () => undefined;

  constructor() {
    this.received = new Promise((resolve) => {
      let count = 0;
      const onSignal = (signal: NodeJS.Signals): void => {
        count += 1;
        if (count > 1) process.exit(exitCodes.crashed);
        resolve(signal);
      };
      process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
      process.on('SIGHUP', () => {
        this.onHangup();
      });
    });
  }
}
