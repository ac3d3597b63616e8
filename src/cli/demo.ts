import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.js';
import { table } from '../demo/score.js';
import { frame, summary } from '../demo/view.js';

/** How often the view is drawn, in ms: on a terminal, and in a log. */
const redraw = { terminal: 250, plain: 5_000 };

/** `attributed demo`: simulator and daemon together, live view, then a table against the naive writer. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('show the daemon at work beside a naive writer, on simulated calls')
    .option('--seed <n>', 'the same seed gives the same calls', wholeNumber, 1)
    .action(async ({ seed }: { seed: number }) => {
      process.exitCode = await demo(seed);
    });
}

/** Exit code 0 if the daemon got every conversation right. */
async function demo(seed: number): Promise<number> {
  // loaded only here: other commands start sooner without it
  const { Demo } = await import('../demo/demo.js');
  const running = await Demo.open({ seed, clock: systemClock, random: Math.random });
  const started = systemClock.now();
  const seconds = (): number => (systemClock.now() - started) / 1000;
  const { stdout } = process;
  const terminal = stdout.isTTY;
  stdout.write(
    `40 calls of a simulated org, seed ${seed}, twice at the same time: once with attributed, once with a writer that GETs, PATCHes and backs off\n\n`,
  );
  const draw = (): void => {
    stdout.write(terminal ? `\u001b[H\u001b[J${frame(running, seconds())}\n` : `${summary(running, seconds())}\n`);
  };
  const timer = setInterval(draw, terminal ? redraw.terminal : redraw.plain);
  const { ours, naive } = await running.run();
  clearInterval(timer);
  draw();
  stdout.write(`\nThe same ${ours.conversations} calls, seed ${seed}, ${seconds().toFixed(0)} s:\n\n${table(ours, naive)}\n`);
  await running.close();
  return ours.right === ours.conversations && ours.knownStale === 0 ? 0 : 1;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number');
  return value;
}
