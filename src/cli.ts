#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { messageOf } from './base/errors.js';
import { checkCommand } from './cli/check.js';
import { deadLettersCommand } from './cli/dead-letters.js';
import { explainCommand } from './cli/explain.js';
import { probeCommand } from './cli/probe.js';
import { runCommand } from './cli/run.js';
import { demoCommand } from './cli/demo.js';
import { initCommand } from './cli/init.js';
import { recordCommand } from './cli/record.js';
import { replayCommand } from './cli/replay.js';
import { simulateCommand } from './cli/simulate.js';
import { statusCommand } from './cli/status.js';
import { tailCommand } from './cli/tail.js';
import { topCommand } from './cli/top.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const program = new Command('attributed')
  .description('Keeps Genesys Cloud participant attributes true to what other systems know, while calls are live')
  .version(version)
  .exitOverride()
  .addCommand(runCommand(version))
  .addCommand(initCommand())
  .addCommand(checkCommand())
  .addCommand(probeCommand())
  .addCommand(simulateCommand())
  .addCommand(demoCommand())
  .addCommand(tailCommand())
  .addCommand(statusCommand())
  .addCommand(topCommand())
  .addCommand(explainCommand())
  .addCommand(deadLettersCommand())
  .addCommand(recordCommand(version))
  .addCommand(replayCommand());
for (const command of program.commands.flatMap((each) => [each, ...each.commands])) command.exitOverride();

// whoever reads our output may go away: that is no crash
process.stdout.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`attributed: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}
