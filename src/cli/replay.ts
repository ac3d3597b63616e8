import { Command, InvalidArgumentError } from 'commander';
import { answering } from './ask.js';
import type { ReplayOptions } from './replay-recording.js';
import { Signals } from './signals.js';

/** `attributed replay FILE -c FILE`: what the config's rules would have written of a recording. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('tell what the config’s rules would have written of a recording')
    .argument('<file>', 'what attributed record wrote')
    .requiredOption('-c, --config <file>', 'config file with the rules to try')
    .option('--speed <n>', 'recorded time over real time, or max: as fast as possible', speed, 'max')
    .option('--lookups', 'ask the lookups of the config; else it is told what they would be asked', false)
    .option('--json', 'print one JSON document', false)
    .option('--values', 'show attribute values, and the URLs of lookups with what goes into them', false)
    .addHelpText(
      'after',
      [
        '',
        'The rules run in the recording’s time, in which a lookup’s answer takes none.',
        'Nothing is sent to the platform. In a recording that was made without --values,',
        'rules see digests in place of attribute values.',
      ].join('\n'),
    )
    .action((file: string, { speed: told, ...options }: Omit<ReplayOptions, 'speed'> & { speed: number | 'max' }) =>
      answering(async () => {
        const signals = new Signals();
        // loaded only here: other commands start sooner without it
        const { replayRecording } = await import('./replay-recording.js');
        process.exitCode = await replayRecording(file, { ...options, speed: told === 'max' ? undefined : told }, signals);
      }),
    );
}

function speed(text: string): number | 'max' {
  const value = Number(text);
  if (text === 'max') return text;
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('expected a number above 0, or max');
  return value;
}
