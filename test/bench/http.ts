import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { build } from './built.js';
import { inChild, median, quantile } from './forked.js';
import type { HttpResult, HttpTask } from './http/client.js';
import type { ContenderName } from './http/contenders.js';
import { asText, type Section } from './report.js';

export interface HttpOptions extends Omit<HttpTask, 'contender' | 'port'> {
  runs: number;
  contenders: readonly ContenderName[];
}

const usual: HttpOptions = {
  warm: 4_000,
  measured: 8_000,
  lanes: 8,
  runs: 7,
  contenders: ['exchange', 'axios', 'http.request', 'undici.request', 'fetch'],
};

const client = 'test/bench/http/client.ts';
const server = 'test/bench/http/server.ts';

/** CPU of a conditional PATCH, of the client alone. */
export async function http(options: Partial<HttpOptions> = {}): Promise<Section> {
  const { runs, contenders, ...task } = { ...usual, ...options };
  const built = build([client, server]);
  const serving = fork(built.file(server));
  const results = new Map<ContenderName, HttpResult[]>();
  try {
    const [port] = (await once(serving, 'message')) as [number];
    for (let run = 0; run < runs; run += 1) {
      for (const contender of contenders) {
        const result = await inChild<HttpResult | null>(built.file(client), { ...task, contender, port } satisfies HttpTask);
        if (result !== null) results.set(contender, [...(results.get(contender) ?? []), result]);
      }
    }
  } finally {
    serving.kill();
    built.remove();
  }
  const of = (name: ContenderName, field: keyof HttpResult): number => median(results.get(name)?.map((one) => one[field]) ?? []);
  const times = (name: ContenderName): string => `${(of(name, 'us') / of('exchange', 'us')).toFixed(2)} ×`;
  const rows = [...results].map(([name, all]) => {
    const us = all.map((one) => one.us);
    return [
      name,
      of(name, 'us').toFixed(0),
      `${Math.min(...us).toFixed(0)}–${quantile(us, 1).toFixed(0)}`,
      (of(name, 'us') / of('exchange', 'us')).toFixed(2),
      of(name, 'p50').toFixed(2),
      of(name, 'p99').toFixed(2),
      String(all.reduce((sum, { wrong }) => sum + wrong, 0)),
    ];
  });
  return {
    title: 'HTTP: CPU per conditional PATCH',
    about: `${task.measured} PATCHes, ${task.lanes} at a time on kept-alive sockets, after ${task.warm} unmeasured ones, to a server of its own process; CPU of the client's process, a fresh one for each run, contenders in turn, medians of ${runs} runs. "exchange" is what the daemon sends with: axios over an adapter that asks for the ETag when the connected socket is there; the others fix it before.`,
    columns: ['contender', 'CPU µs', 'least–most', '× exchange', 'p50 ms', 'p99', 'wrong'],
    rows,
    notes: [
      `of the CPU of the daemon's exchange, axios as it comes takes ${times('axios')} and Node's own http.request ${times('http.request')}`,
      results.has('undici.request')
        ? `undici.request takes ${times('undici.request')}, and fixes its headers at the call, before a connection stands: promise 1 cannot be kept over it`
        : 'undici was not there to be measured (BENCH_LIBRARIES)',
    ],
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const given = JSON.parse(process.argv[2] ?? '{}') as Partial<HttpOptions>;
  process.stdout.write(`${asText(await http(given))}\n`);
}
