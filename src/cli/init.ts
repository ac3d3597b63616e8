import { Command } from 'commander';
import type { InitOptions } from './write-first-config.js';

/** `attributed init`: a commented config from a few questions, or from flags. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a commented config, from a few questions or flags')
    .option('--out <file>', 'a new file, of mode 0640', 'attributed.yaml')
    .option('--region <domain>', 'region domain, such as mypurecloud.com')
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
    .option('--yes', 'ask nothing: what is not given is the default, but for region and client id', false)
    .action(async (options: InitOptions) => {
      const { writeFirstConfig } = await import('./write-first-config.js');
      process.exitCode = await writeFirstConfig(options);
    });
}
