import { Command } from 'commander';
import { Signals } from './signals.js';

/** `attributed run -c FILE`: the daemon in the foreground, until SIGTERM or SIGINT. */
export function runCommand(version: string): Command {
  return new Command('run')
    .description('run the daemon in the foreground')
    .requiredOption('-c, --config <file>', 'config file')
    .action(async ({ config: file }: { config: string }) => {
      // first of all, so that a signal during the start ends it cleanly (operations.md)
      const signals = new Signals();
      // the daemon's libraries cost half a second, which a command that only asks it need not wait for
      const { runDaemon } = await import('./run-daemon.js');
      const code = await runDaemon(file, version, signals);
      // where it ends by itself, Node takes its signal handlers away first, and one more Ctrl-C would make a clean end 130
      process.exit(code);
    });
}
