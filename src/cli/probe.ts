import { Command, Option } from 'commander';
import { writeTargets } from '../config/schema.js';
import { answering } from './ask.js';
import type { ProbeOptions } from './probe-org.js';

/** `attributed probe -c FILE --conversation ID`: finds out on one live test call what is not documented of the platform. */
export function probeCommand(): Command {
  return new Command('probe')
    .description('find out on a live test call how the org answers, and what config fits it')
    .requiredOption('-c, --config <file>', 'config file')
    .requiredOption('--conversation <id>', 'a call that goes on')
    .option('--participant <id>', 'the participant to write to; else that of write.participant')
    .addOption(new Option('--target <names...>', 'write targets to try; else all that answer').choices(writeTargets))
    .option('--yes', 'write without asking', false)
    .option('--json', 'print one JSON document', false)
    .option('--secret-file <file>', 'file with the client secret, where genesys.clientSecretFile cannot be read')
    .addHelpText(
      'after',
      [
        '',
        'It reads first, then asks. What it writes: two keys of its own, attributedProbe… with',
        'six characters that are new each time, on the named call, by every write target that',
        'answers (--target names fewer): a dozen requests or so each. At the end both keys are',
        'empty, and stay so (or are gone, where the org deletes what is empty); Ctrl-C first lets',
        'it get there. Use a test call: if the org replaces all attributes at a write, the others',
        'are gone until it has put them back, and routing does not see them meanwhile.',
        '',
        'It listens on a channel that goes with its token. If all 20 of the OAuth client are in',
        'use, it makes none, as another program would lose its own, and says so.',
        '',
        'It ends with 0 if a write target fits, with 77 if the OAuth client is refused, with 78',
        'if the config is not valid, else with 1.',
      ].join('\n'),
    )
    .action((options: ProbeOptions) =>
      answering(async () => {
        // loaded only here: other commands start sooner without it
        const { probeOrg } = await import('./probe-org.js');
        process.exitCode = await probeOrg(options);
      }),
    );
}
