import { Command, Option } from 'commander';
import type { InitOptions } from './write-first-config.js';

/** `attributed init`: a commented config from a few questions, or from flags. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a commented config, from a few questions or flags')
    .option('--out <file>', 'the file to write, of mode 0640', 'attributed.yaml')
    .option('--force', 'overwrite it if it exists', false)
    .addOption(new Option('--region <domain>', 'region domain, such as mypurecloud.com').conflicts('apiUrl'))
    .option('--api-url <url>', 'instead of --region: API host of the simulator or of a gateway')
    .option('--login-url <url>', 'login host beside --api-url; the same one if not given')
    .option('--client-id <id>', 'OAuth client with the client credentials grant')
    .option('--secret-file <file>', 'file that holds its secret; %d/… is one that exists in the systemd unit')
    .option(
      '--topic <topic>',
      'a topic, or a selector in YAML; may be given again',
      (topic: string, before: string[]) => [...before, topic],
      [],
    )
    .option('--outbox-dir <directory>', 'where wishes are kept until they are written')
    .option('--yes', 'ask nothing: what is not given is as usual', false)
    .addHelpText(
      'after',
      [
        '',
        'It asks on a terminal for what no flag says. Elsewhere, or with --yes, --region (or',
        '--api-url) and --client-id are needed. The secret itself is never asked for: it stands',
        'in a file of its own. Ends with 0, with 78 if what was said makes no valid config, else 1.',
      ].join('\n'),
    )
    .action(async ({ yes, ...options }: InitOptions & { yes: boolean }) => {
      const [{ writeFirstConfig }, { askTerminal }] = await Promise.all([import('./write-first-config.js'), import('./ask-terminal.js')]);
      process.exitCode = await writeFirstConfig(options, {
        ask: yes ? undefined : askTerminal(),
        tell: (text) => process.stdout.write(text),
        complain: (text) => process.stderr.write(text),
      });
    });
}
