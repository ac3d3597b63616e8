/** What `top` shows at one moment, whether the daemon told it or its log. */
export interface View {
  /** Who is shown: `attributed 0.1.0, up for 17.2 s`, or the log's name. */
  title: string;
  /** Undefined where that is not known. */
  ready: boolean | undefined;
  /** What is not well. */
  troubles: readonly string[];
  /** Counts that only grow; shown as how many come each second. */
  totals: Readonly<Record<string, number>>;
  /** The rest, what matters most first: where the window is too low, the last ones are left out. */
  rows: readonly Row[];
}

/** One line of it. */
export interface Row {
  name: string;
  text: string;
  /** How full something is, 0 to 1: drawn as a bar before the text. */
  share?: number;
}
