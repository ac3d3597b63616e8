import { createInterface } from 'node:readline/promises';

/** Asks one question; resolves with undefined where the one who was asked leaves, by Ctrl-C or Ctrl-D. */
export type Ask = (question: string) => Promise<string | undefined>;

/** Asks on the terminal; undefined where there is none. Questions go to stderr, so that stdout may be kept. */
export function askTerminal({ stdin, stderr } = process): Ask | undefined {
  if (!stdin.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: stdin, output: stderr });
    // a terminal that is left settles no question in Node 20
    const left = new Promise<undefined>((resolve) => {
      terminal.once('close', () => {
        resolve(undefined);
      });
    });
    try {
      const answer = await Promise.race([terminal.question(question).catch(() => undefined), left]);
      // the cursor is still behind the question
      if (answer === undefined) stderr.write('\n');
      return answer;
    } finally {
      terminal.close();
    }
  };
}
