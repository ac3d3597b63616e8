import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { inFolder } from '../config/folder.js';
import { eventually } from '../support/eventually.js';

/** Where the shipped files are. */
export const kit = fileURLToPath(new URL('../../config/monitoring/', import.meta.url));

const answerSchema = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.looseObject({ alertname: z.string() }) })) }),
});
const vectorSchema = z.object({ data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }) });

/** A Prometheus that runs with the shipped files. */
export interface Prometheus {
  /** Names of the alerts that fire, each once. */
  firing: () => Promise<string[]>;
  /** The values of an expression. */
  query: (expression: string) => Promise<number[]>;
  /** Takes every target of the job `attributed` away. */
  forgetTargets: () => void;
}

/** The only thing that differs from what is shipped: a minute is a second, in each `for:` and each window. */
function shortened(rules: string): string {
  return rules.replaceAll(/(\bfor: |\[)(\d+)m\b/g, '$1$2s');
}

/** Runs a real `prometheus` on `port` that scrapes a daemon at `target`, and ends it. */
export function withPrometheus<T>(
  { port, target }: { port: number; target: number },
  test: (prometheus: Prometheus) => Promise<T>,
): Promise<T> {
  return inFolder({ 'attributed.rules.yml': shortened(readFileSync(join(kit, 'attributed.rules.yml'), 'utf8')) }, async (folder) => {
    const file = join(folder, 'prometheus.yml');
    const config = readFileSync(join(kit, 'prometheus.yml'), 'utf8')
      .replaceAll('_interval: 15s', '_interval: 1s')
      .replace('127.0.0.1:8090', `127.0.0.1:${target}`)
      .replace('127.0.0.1:9090', `127.0.0.1:${port}`);
    writeFileSync(file, config);
    const address = `127.0.0.1:${port}`;
    const child = spawn(
      'prometheus',
      [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`, '--log.level=error'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const closed = once(child, 'close');
    const get = async (path: string): Promise<unknown> => (await fetch(`http://${address}${path}`)).json();
    try {
      await eventually('prometheus is ready', () =>
        fetch(`http://${address}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      return await test({
        firing: async () => {
          const { alerts } = answerSchema.parse(await get('/api/v1/alerts')).data;
          return [...new Set(alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname))].sort();
        },
        query: async (expression) =>
          vectorSchema
            .parse(await get(`/api/v1/query?query=${encodeURIComponent(expression)}`))
            .data.result.map(({ value: [, value] }) => Number(value)),
        forgetTargets: () => {
          writeFileSync(file, config.replace(`['127.0.0.1:${target}']`, '[]').replace(`[127.0.0.1:${target}]`, '[]'));
          child.kill('SIGHUP');
        },
      });
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
  });
}
