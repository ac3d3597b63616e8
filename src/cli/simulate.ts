import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { loadScenario, scenarioNames } from '../simulator/scenario.js';
import type { Simulator } from '../simulator/simulator.js';

interface Options {
  port: number;
  scenario: string;
  seed: number;
  rate?: number;
}

/** `attributed simulate`: a Genesys Cloud org and a CRM on 127.0.0.1, until SIGTERM or SIGINT. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('simulate a Genesys Cloud org and a CRM on 127.0.0.1')
    .option('--port <n>', 'port of the API; the CRM listens on the next one (0: any ports)', port, 8080)
    .option('--scenario <name or file>', `one of ${scenarioNames.join(', ')}, or a YAML file`, 'bursty')
    .option('--seed <n>', 'the same seed gives the same calls', wholeNumber, 1)
    .option('--rate <n>', 'new calls a minute', positive)
    .action(async ({ port, scenario: name, seed, rate }: Options) => {
      const ended = new Promise<void>((resolve) => {
        process.once('SIGTERM', () => {
          resolve();
        });
        process.once('SIGINT', () => {
          resolve();
        });
      });
      const scenario = loadScenario(name);
      if (rate !== undefined) scenario.calls.perMinute = rate;
      // loaded only here: other commands start sooner without it
      const { Simulator, simulatorClient } = await import('../simulator/simulator.js');
      const simulator = new Simulator({ scenario, seed, clock: systemClock });
      try {
        await simulator.listen({ port, crmPort: port === 0 ? 0 : port + 1 });
      } catch (error) {
        await simulator.close();
        throw new Error(`cannot listen on port ${port} and the next one (${messageOf(error)}): choose others with --port`, {
          cause: error,
        });
      }
      simulator.engine.start();
      process.stdout.write(banner(simulator, simulatorClient, name, seed));
      await ended;
      await simulator.close();
    });
}

/** So many topics of each kind are shown: an org may have thousands, and the API lists them. */
const mostShown = 10;

function banner({ url, crmUrl, queues, users }: Simulator, client: { id: string; secret: string }, scenario: string, seed: number): string {
  return [
    `Genesys Cloud simulator, scenario ${scenario}, seed ${seed}`,
    `  apiUrl, loginUrl   ${url}`,
    `  CRM                ${crmUrl}/customers?phone=…`,
    `  clientId, secret   ${client.id}, ${client.secret}`,
    ...shown(queues, (id) => `v2.routing.queues.${id}.conversations.calls`),
    ...shown(users, (id) => `v2.users.${id}.conversations`),
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function shown(ids: readonly string[], topic: (id: string) => string): string[] {
  const lines = ids.slice(0, mostShown).map((id) => `  topic              ${topic(id)}`);
  return ids.length > mostShown ? [...lines, `                     and ${ids.length - mostShown} more like it`] : lines;
}

/** Two ports are taken: this and the next one. */
function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_534) throw new InvalidArgumentError('expected a port from 0 to 65534');
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}
