/** What a service manager is told of this process. It costs nothing to call where there is none. */
export interface Notify {
  /** It does its job: the start, or a reload, is done. */
  ready(): void;
  /** One line that says how it goes. */
  status(line: string): void;
  /** It reads its config again, until `ready`. */
  reloading(): void;
  /** It ends, within `ms`: only after that it may be killed. */
  stopping(ms: number): void;
  /** It makes progress. */
  watchdog(): void;
  /** The start, or the stop, takes up to `ms` more from now. */
  extend(ms: number): void;
  /** Resolves when all that was said has been passed on. */
  close(): Promise<void>;
}

/** Where nobody wants to know. */
export const nobody: Notify = {
  ready: () => undefined,
  status: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  watchdog: () => undefined,
  extend: () => undefined,
  close: () => Promise.resolve(),
};
