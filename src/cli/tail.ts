import { Command, InvalidArgumentError, Option } from 'commander';
import type { TailOptions } from './tail/run-tail.js';

/** `attributed tail [FILE]`: the JSON log for people, while it is written. */
export function tailCommand(): Command {
  return new Command('tail')
    .description(
      'follow the log: a line an event, a line a story, a summary each 10 s; `journalctl -f -o cat -u attributed | attributed tail`',
    )
    .argument('[file]', 'log file, followed by its name through rotations; without it stdin, or log.file of the config')
    .option('-c, --config <file>', 'config whose log.file is meant where neither a file nor stdin is given')
    .option('--level <level>', 'error, warn, info or debug: the least that is shown', level)
    .option('--event <pattern>', 'only these events, such as intent.dead or write.*; several with commas between them')
    .option('--conversation <id>', 'only this conversation; the beginning of the id is enough')
    .option('--lines <n>', 'begin with so many lines of the file (default: 10, or all with --no-follow)', wholeNumber)
    .option('--no-follow', 'end at the end of the file')
    .addOption(new Option('--stories', 'only the stories: how each wish came out').default(false).conflicts('json'))
    .option('--json', 'print the lines as they are, without stories and summaries', false)
    .option('--no-color', 'no colours, even on a terminal')
    .action(async (file: string | undefined, options: Omit<TailOptions, 'file'>) => {
      // loaded only here: other commands start sooner without it
      const { runTail } = await import('./tail/run-tail.js');
      await runTail({ ...options, file });
    });
}

function level(text: string): string {
  if (['error', 'warn', 'info', 'debug'].includes(text)) return text;
  throw new InvalidArgumentError('expected error, warn, info or debug');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return value;
}
