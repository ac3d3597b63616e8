import { spawn } from 'node:child_process';
import { messageOf } from '../base/errors.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import type { Log } from './log.js';
import type { Notify } from './notify.js';

/**
 * Reads one message a line: one or two assignments, parted by a tab. `systemd-notify` waits until systemd has taken it:
 * with `--no-block` one in twenty was lost on a busy machine, as its sender was gone when systemd looked for its unit.
 */
const script = `
while IFS='\t' read -r first second; do
  systemd-notify "$first" \${second:+"$second"}
done`;

/** A helper that died is started again after so long, in ms. */
const restartAfter = 1_000;

/** What has been said is passed on within so long, in ms, also on a busy machine; an end is not held up by more. */
const passedOnWithin = 2_000;

/** So much may wait for a helper that hangs, in bytes: more is not said. */
const mostWaiting = 64 * 1024;

/** As much of a child process as is needed of it. */
export interface Helper {
  stdin: {
    readonly writableLength: number;
    write(text: string): unknown;
    end(): unknown;
    on(event: 'error', run: () => void): unknown;
  };
  on(event: 'error', run: (error: Error) => void): unknown;
  on(event: 'exit', run: (code: number | null, signal: string | null) => void): unknown;
  kill(): unknown;
}

export interface SystemdDeps {
  deadlines: Deadlines;
  log: Log;
  /** Microseconds of CLOCK_MONOTONIC, which a reload is stamped with. */
  monotonic?: () => bigint;
  /** Starts a shell that runs a script. */
  start?: (script: string) => Helper;
}

/**
 * Tells systemd, by sd_notify. Node has no datagrams over unix sockets, so a shell that is started once, before the
 * process has grown, calls `systemd-notify` for each line that it is given: 0.1 ms a line, where a process for each
 * would hold the event loop up for 9 to 29 ms (operations.md). The unit needs `NotifyAccess=all`.
 * Nothing here throws; a helper that dies is started again and told anew what counts.
 */
export class Systemd implements Notify {
  /** Helpers that have died. */
  lost = 0;
  readonly #deps: Required<SystemdDeps>;
  #restart: Deadline | undefined;
  #helper: Helper | undefined;
  /** What a new helper has to say, as the last one may not have: the state, the status. */
  #state: string | undefined;
  #status: string | undefined;
  #closed: (() => void) | undefined;

  constructor({ monotonic = microseconds, start = startShell, ...deps }: SystemdDeps) {
    this.#deps = { monotonic, start, ...deps };
    this.#open();
  }

  ready(): void {
    this.#enter('READY=1');
  }

  status(line: string): void {
    this.#status = message(`STATUS=${line.replaceAll(/\p{Cc}+/gu, ' ')}`);
    this.#send(this.#status);
  }

  reloading(): void {
    this.#enter('RELOADING=1', `MONOTONIC_USEC=${this.#deps.monotonic()}`);
  }

  stopping(ms: number): void {
    this.#enter('STOPPING=1', extension(ms));
  }

  watchdog(): void {
    this.#send(message('WATCHDOG=1'));
  }

  extend(ms: number): void {
    this.#send(message(extension(ms)));
  }

  close(): Promise<void> {
    const helper = this.#helper;
    this.#restart?.cancel();
    return new Promise((resolve) => {
      if (helper === undefined) {
        resolve();
        return;
      }
      const late = this.#deps.deadlines.after(passedOnWithin, () => {
        helper.kill();
      });
      this.#closed = () => {
        late.cancel();
        resolve();
      };
      helper.stdin.end();
    });
  }

  #enter(...assignments: string[]): void {
    this.#state = message(...assignments);
    this.#send(this.#state);
  }

  #send(line: string): void {
    const stdin = this.#helper?.stdin;
    if (stdin !== undefined && stdin.writableLength < mostWaiting) stdin.write(line);
  }

  #open(): void {
    try {
      const helper = this.#deps.start(script);
      const onEnd = (why: string): void => {
        if (this.#helper === helper) this.#onEnd(why);
      };
      this.#helper = helper;
      helper.on('error', (error) => {
        onEnd(messageOf(error));
      });
      helper.on('exit', (code, signal) => {
        onEnd(`it ended with ${signal ?? `status ${code}`}`);
      });
      // a helper that is gone says so by its exit
      helper.stdin.on('error', () => undefined);
    } catch (error) {
      this.#onEnd(messageOf(error));
      return;
    }
    for (const line of [this.#state, this.#status]) if (line !== undefined) this.#send(line);
  }

  #onEnd(error: string): void {
    this.#helper = undefined;
    if (this.#closed !== undefined) {
      this.#closed();
      return;
    }
    this.lost += 1;
    this.#deps.log.warn('notify.lost', 'systemd is told nothing until its helper is started again', {
      error,
      lost: this.lost,
      againInMs: restartAfter,
    });
    this.#restart = this.#deps.deadlines.after(restartAfter, () => {
      this.#open();
    });
  }
}

function message(...parts: string[]): string {
  return `${parts.join('\t')}\n`;
}

function extension(ms: number): string {
  return `EXTEND_TIMEOUT_USEC=${Math.round(ms * 1_000)}`;
}

function microseconds(): bigint {
  return process.hrtime.bigint() / 1_000n;
}

function startShell(text: string): Helper {
  return spawn('/bin/sh', ['-c', text], { stdio: ['pipe', 'ignore', 'inherit'] });
}
