import { Writable } from 'node:stream';
import { systemClock } from '../../../src/base/clock.js';
import { configSchema } from '../../../src/config/schema.js';
import { Daemon } from '../../../src/daemon.js';
import type { Intent } from '../../../src/intent/intent.js';
import { LmdbStore } from '../../../src/intent/store/lmdb-store.js';
import { MemoryStore } from '../../../src/intent/store/memory-store.js';
import type { IntentStore } from '../../../src/intent/store/store.js';
import { BoundedStream } from '../../../src/observe/bounded-stream.js';
import { linesOf } from '../../../src/observe/lines.js';
import { createLog } from '../../../src/observe/log.js';
import { simulatorClient } from '../../../src/simulator/simulator.js';
import { cpuMs, tell } from '../forked.js';
import { sharedNow } from './clock.js';

export interface DaemonTask {
  url: string;
  topics: string[];
  /** Where the outbox is; in memory if there is no place. */
  dir: string | undefined;
}

/** When one ask came to each stage, times of `sharedNow`. */
interface Stages {
  ask: string;
  decoded: number;
  /** The rule's wish was given to the outbox, and was kept by it. */
  wished: number;
  kept: number;
}

export interface DaemonTold {
  stages: Stages[];
  cpuMs: number;
}

const { url, topics, dir } = JSON.parse(process.argv[2] ?? '') as DaemonTask;
const decoded = new Map<string, number>();
const stages: Stages[] = [];

/** A store that notes when an intent is given to it, and when it is kept. */
function noting(store: IntentStore): IntentStore {
  return {
    durable: store.durable,
    add: async (intent: Intent) => {
      const ask = intent.attributes?.['answer'];
      const wished = sharedNow();
      const sequence = await store.add(intent);
      if (ask !== undefined) stages.push({ ask, decoded: decoded.get(ask) ?? NaN, wished, kept: sharedNow() });
      return sequence;
    },
    put: (intent) => store.put(intent),
    delete: (id) => store.delete(id),
    all: () => store.all(),
    close: () => store.close(),
  };
}

const lines = linesOf({ format: 'json' });
const target = new Writable({
  write: (_chunk, _encoding, done) => {
    done();
  },
});
const daemon = new Daemon({
  config: configSchema.parse({
    genesys: { apiUrl: url, loginUrl: url, clientId: simulatorClient.id, clientSecretFile: 'secret', budget: { perMinute: 1_000_000 } },
    notifications: { topics },
    write: { policy: 'immediate' },
    http: { listen: 'off' },
    rules: [
      {
        name: 'answer',
        when: 'conversation.updated',
        if: "participant.attributes.ask != ''",
        set: { answer: 'participant.attributes.ask' },
      },
    ],
  }),
  secret: () => simulatorClient.secret,
  log: createLog({ level: 'info', values: false, lines, sink: new BoundedStream({ target, lines }) }),
  clock: systemClock,
  random: Math.random,
  proxyFor: () => '',
  store: noting(dir === undefined ? new MemoryStore() : await LmdbStore.open(dir)),
  version: 'bench',
});
// before it starts, so that nobody hears of a change earlier
daemon.registry.changes.subscribe(({ snapshot }) => {
  const ask = snapshot.participants[0]?.attributes?.['ask'] ?? '';
  if (!decoded.has(ask)) decoded.set(ask, sharedNow());
});
await daemon.start();
let before = cpuMs();
process.on('message', (what) => {
  if (what === 'begin') before = cpuMs();
  else tell({ stages, cpuMs: cpuMs() - before } satisfies DaemonTold);
});
tell('ready');
process.once('disconnect', () => process.exit());
