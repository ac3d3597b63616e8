import { Command } from 'commander';
import { answering } from './ask.js';
import type { ProbeOptions } from './probe-org.js';

/** `attributed probe -c FILE --conversation ID`: finds out on one live test call what is not documented of the platform. */
export function probeCommand(): Command {
  return new Command('probe')
    .description('find out on a live test call how the org answers, and which config fits')
    .requiredOption('-c, --config <file>', 'config file')
    .requiredOption('--conversation <id>', 'a call that goes on')
    .option('--participant <id>', 'the participant to write to; else that of write.participant')
    .option('--yes', 'write without asking', false)
    .option('--json', 'print one JSON document', false)
    .option('--secret-file <file>', 'file with the client secret, where genesys.clientSecretFile cannot be read')
    .addHelpText(
      'after',
      [
        '',
        'It reads first, then asks, and then writes two keys attributedProbe… to every write',
        'target that answers; it leaves them empty. Use a test call: where the org replaces',
        'the attributes at a write, others are gone until it has put them back.',
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
