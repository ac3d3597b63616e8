import { Command } from 'commander';
import { statusSchema } from '../figures/status.js';
import { answering, ask, asking, type AskOptions } from './ask.js';
import { paintFor } from './page.js';
import { statusPage } from './status-page.js';

/** `attributed status`: a page of the running daemon's figures. */
export function statusCommand(): Command {
  return asking(new Command('status').description('show the figures of the running daemon')).action((options: AskOptions) =>
    answering(async () => {
      const body = await ask(options, { path: '/status' });
      const { stdout } = process;
      stdout.write(options.json ? `${JSON.stringify(body, null, 2)}\n` : statusPage(statusSchema.parse(body), paintFor(stdout)));
    }),
  );
}
