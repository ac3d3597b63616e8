import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CommanderError, type Command } from 'commander';
import { checkCommand } from '../../src/cli/check.js';
import { demoCommand } from '../../src/cli/demo.js';
import { deadLettersCommand } from '../../src/cli/dead-letters.js';
import { explainCommand } from '../../src/cli/explain.js';
import { initCommand } from '../../src/cli/init.js';
import { probeCommand } from '../../src/cli/probe.js';
import { recordCommand } from '../../src/cli/record.js';
import { replayCommand } from '../../src/cli/replay.js';
import { runCommand } from '../../src/cli/run.js';
import { simulateCommand } from '../../src/cli/simulate.js';
import { statusCommand } from '../../src/cli/status.js';
import { tailCommand } from '../../src/cli/tail.js';
import { topCommand } from '../../src/cli/top.js';
import { cli } from '../support/child.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

const commands = [
  { command: () => runCommand(version), name: 'run', option: '--config <file>' },
  { command: checkCommand, name: 'check', option: '--explain' },
  { command: initCommand, name: 'init', option: '--client-id <id>' },
  { command: probeCommand, name: 'probe', option: 'both keys are' },
  { command: simulateCommand, name: 'simulate', option: '--scenario <name or file>' },
  { command: demoCommand, name: 'demo', option: '--seed <n>' },
  { command: statusCommand, name: 'status', option: '--json' },
  { command: topCommand, name: 'top', option: '--interval <duration>' },
  { command: tailCommand, name: 'tail', option: '--stories' },
  { command: deadLettersCommand, name: 'dead-letters', option: 'retry' },
  { command: explainCommand, name: 'explain', option: '--token-file <file>' },
  { command: () => recordCommand(version), name: 'record', option: '20 channels' },
  { command: replayCommand, name: 'replay', option: '--speed <n>' },
];

/** Parses the words after a command's name, which must not come to running it. */
async function parse(command: Command, words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  command.exitOverride().configureOutput({ writeOut: (text) => (written.out += text), writeErr: (text) => (written.err += text) });
  const error: unknown = await command.parseAsync(words, { from: 'user' }).catch((thrown: unknown) => thrown);
  if (!(error instanceof CommanderError)) throw new Error('the words were taken', { cause: error });
  return { code: error.exitCode, ...written };
}

describe('attributed', () => {
  it('tells its version', async () => {
    expect(await cli(['--version'])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('explains itself and names its commands', async () => {
    const { code, stdout, stderr } = await cli(['--help']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    for (const { name } of commands) expect(stdout).to.match(new RegExp(`^  ${name} `, 'm'));
  });

  it('refuses a command that there is not, on stderr', async () => {
    const { code, stdout, stderr } = await cli(['nope']);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.include("error: unknown command 'nope'").and.not.include('    at ');
  });

  for (const { command, name, option } of commands)
    it(`${name} explains itself`, async () => {
      const { code, out, err } = await parse(command(), ['--help']);
      expect({ code, err }).to.deep.equal({ code: 0, err: '' });
      expect(out).to.include(`Usage: ${name} [options]`).and.include(option);
    });

  for (const { command, words, fault } of [
    { command: () => runCommand(version), words: [], fault: "required option '-c, --config <file>' not specified" },
    { command: checkCommand, words: [], fault: "required option '-c, --config <file>' not specified" },
    { command: checkCommand, words: ['-c', 'a', '--explane'], fault: "unknown option '--explane'\n(Did you mean --explain?)" },
    {
      command: simulateCommand,
      words: ['--port', 'high'],
      fault: "option '--port <n>' argument 'high' is invalid. expected a whole number",
    },
    { command: simulateCommand, words: ['--port=-1'], fault: "option '--port <n>' argument '-1' is invalid. expected a whole number" },
    { command: simulateCommand, words: ['--rate', '0'], fault: "option '--rate <n>' argument '0' is invalid. expected a number above 0" },
    { command: simulateCommand, words: ['--rate', 'x'], fault: "option '--rate <n>' argument 'x' is invalid. expected a number above 0" },
    {
      command: () => recordCommand(version),
      words: ['-c', 'a', '--for', '10'],
      fault: "option '--for <duration>' argument '10' is invalid. expected a duration with a unit, such as 30s or 10m",
    },
    { command: probeCommand, words: ['-c', 'a'], fault: "required option '--conversation <id>' not specified" },
    {
      command: initCommand,
      words: ['--region', 'a', '--api-url', 'b'],
      fault: "option '--region <domain>' cannot be used with option '--api-url <url>'",
    },
    { command: replayCommand, words: ['-c', 'a'], fault: "missing required argument 'file'" },
    {
      command: replayCommand,
      words: ['r', '-c', 'a', '--speed', '0'],
      fault: "option '--speed <n>' argument '0' is invalid. expected a number above 0, or max",
    },
    {
      command: tailCommand,
      words: ['--level', 'loud'],
      fault: "option '--level <level>' argument 'loud' is invalid. expected error, warn, info or debug",
    },
    {
      command: topCommand,
      words: ['--interval', '5'],
      fault: "option '--interval <duration>' argument '5' is invalid. expected a duration with a unit of at least 100ms, such as 2s",
    },
    { command: tailCommand, words: ['--lines', '-1'], fault: "option '--lines <n>' argument '-1' is invalid. expected a whole number" },
    { command: tailCommand, words: ['--json', '--stories'], fault: "option '--stories' cannot be used with option '--json'" },
    { command: demoCommand, words: ['--seed', '1.5'], fault: "option '--seed <n>' argument '1.5' is invalid. expected a whole number" },
  ])
    it(`${command().name()} refuses ${words.length === 0 ? 'to run without its options' : words.join(' ')}`, async () => {
      expect(await parse(command(), words)).to.deep.equal({ code: 1, out: '', err: `error: ${fault}\n` });
    });
});
