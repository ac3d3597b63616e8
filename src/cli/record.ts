import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/units.js';
import { answering } from './ask.js';
import type { RecordOptions } from './record-frames.js';
import { Signals } from './signals.js';

/** `attributed record -c FILE`: the frames of the config's topics to NDJSON, until SIGTERM, SIGINT or `--for`. */
export function recordCommand(version: string): Command {
  return new Command('record')
    .description('record the frames of the config’s topics as NDJSON, for replay')
    .requiredOption('-c, --config <file>', 'config file')
    .option('--out <file>', 'a new file, of mode 0600; - = stdout', '-')
    .option('--for <duration>', 'end after so long, such as 10m; else Ctrl-C ends it', duration)
    .option('--values', 'keep attribute values; else each is replaced by a digest that is the same within the file', false)
    .option('--secret-file <file>', 'file with the client secret, where genesys.clientSecretFile cannot be read')
    .addHelpText(
      'after',
      [
        '',
        'It makes a token and a channel of its own, beside those of a running daemon:',
        'one of the 20 channels that an OAuth client has. Nothing is written to the',
        'platform. Phone numbers and names stay in the file, as lookups need them: keep',
        'it as customer data.',
      ].join('\n'),
    )
    .action((options: RecordOptions) =>
      answering(async () => {
        const signals = new Signals();
        // loaded only here: other commands start sooner without it
        const { recordFrames } = await import('./record-frames.js');
        process.exitCode = await recordFrames(options, version, signals);
      }),
    );
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined || value === 0) throw new InvalidArgumentError('expected a duration with a unit, such as 30s or 10m');
  return value;
}
