import { cpuMs, quantile, tell } from '../forked.js';
import { contenders, type ContenderName, type Task } from './contenders.js';

export interface HttpTask {
  contender: ContenderName;
  port: number;
  warm: number;
  measured: number;
  /** Requests at a time. */
  lanes: number;
}

export interface HttpResult {
  /** Of CPU for each PATCH. */
  us: number;
  /** From the call to its answer, in ms. */
  p50: number;
  p99: number;
  wrong: number;
}

const { contender, port, warm, measured, lanes } = JSON.parse(process.argv[2] ?? '') as HttpTask;
const task: Task = {
  url: `http://127.0.0.1:${port}/api/v2/conversations/voice/5d5c8f0e-4a51-4a0a-8f9d-1f2c3b4a5d6e/participants/9a8b7c6d-4a51-4a0a-8f9d-1f2c3b4a5d6e`,
  body: JSON.stringify({ attributes: { tier: 'gold', crmId: '0035000001abcDEF' } }),
  headers: {
    accept: 'application/json',
    'accept-encoding': 'identity',
    authorization: `Bearer ${'t'.repeat(86)}`,
    'content-type': 'application/json',
  },
  timeout: 10_000,
};
const patch = contenders[contender](task);
if (patch === undefined) tell(null);
else {
  const took: number[] = [];
  let wrong = 0;
  const send = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count; sent += 1) {
      const began = performance.now();
      const { status, etag, body } = await patch(`"${sent}"`);
      took.push(performance.now() - began);
      if (status !== 200 || etag === undefined || typeof body !== 'object') wrong += 1;
    }
  };
  const all = (count: number): Promise<unknown> => Promise.all(Array.from({ length: lanes }, () => send(count / lanes)));
  await all(warm);
  took.length = 0;
  const before = cpuMs();
  await all(measured);
  const result: HttpResult = { us: ((cpuMs() - before) * 1_000) / took.length, p50: quantile(took, 0.5), p99: quantile(took, 0.99), wrong };
  tell(result);
  process.once('disconnect', () => process.exit());
}
