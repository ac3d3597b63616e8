import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/units.js';
import { asking } from './ask.js';
import type { TopOptions } from './top/run-top.js';

/** The shortest time between two looks, in ms: a screen cannot be read faster, and each look is a request. */
const shortest = 100;

/** `attributed top [FILE]`: the figures of the running daemon, live. */
export function topCommand(): Command {
  return asking(
    new Command('top')
      .description('show the figures of the running daemon live; where its local API is off, those that its log tells')
      .argument('[file]', 'log to take the figures from instead of asking the daemon; - for stdin, as from `journalctl -f -o cat`')
      .addOption(new Option('--interval <duration>', 'time between two looks').argParser(interval).default(1_000, '1s'))
      .option('--no-color', 'no colours, even on a terminal'),
  ).action(async (file: string | undefined, options: Omit<TopOptions, 'file'>) => {
    // loaded only here: other commands start sooner without it
    const { runTop } = await import('./top/run-top.js');
    await runTop({ ...options, file });
  });
}

function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < shortest) throw new InvalidArgumentError('expected a duration with a unit of at least 100ms, such as 2s');
  return ms;
}
