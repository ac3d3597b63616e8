/** What a first contact found out about one thing. */
export interface Finding {
  /** `warn`: the daemon works, but less well than it could; `fail`: something that the config wants does not work. */
  state: 'ok' | 'warn' | 'fail';
  /** What was looked at, in a word. */
  what: string;
  detail: string;
}
