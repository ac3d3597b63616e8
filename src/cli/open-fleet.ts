import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fullJitter } from '../base/backoff.js';
import type { Clock } from '../base/clock.js';
import type { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import type { Coordinator } from '../cluster/coordinator.js';
import { moveIntents } from '../cluster/move-intents.js';
import { connectNats } from '../cluster/nats/connect.js';
import type { ClusterConfig, Config } from '../config/schema.js';
import { LmdbStore } from '../intent/store/lmdb-store.js';
import type { Log } from '../observe/log.js';

/** Waits between the tries to reach NATS for the first time, in ms: the same as for reconnects (design.md §6). */
const backoff = { base: 500, cap: 30_000 };

/** Three servers can lose one (NATS needs a majority). */
const enough = 3;

export interface OpenFleetDeps {
  config: Config;
  cluster: ClusterConfig;
  /** Reads a secret file of the config. */
  secret: (written: string) => string;
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  random: () => number;
  /** It is not reached yet, and is tried again in so many ms. */
  onWait: (error: string, retryInMs: number) => void;
  /** Ends the tries. */
  stop: AbortSignal;
}

/**
 * Connects to what the fleet shares, however long that takes; undefined if the daemon is stopped before. What this instance had
 * kept as a lone daemon goes into the fleet's outbox. Rejects with what is wrong with a secret file or with `outbox.dir`.
 */
export async function openFleet(deps: OpenFleetDeps): Promise<Coordinator | undefined> {
  const { config, cluster, clock, log } = deps;
  const coordinator = await connected(deps);
  if (coordinator === undefined || !existsSync(join(config.outbox.dir, 'intents.mdb'))) return coordinator;
  const store = await LmdbStore.open(config.outbox.dir);
  try {
    const intents = await moveIntents(store, coordinator.intents, { partitions: cluster.partitions, now: clock.wall() });
    if (intents > 0) log.info('cluster.moved', 'what was left here by a lone daemon is in the fleet’s outbox now', { intents });
  } finally {
    await store.close();
  }
  return coordinator;
}

async function connected(deps: OpenFleetDeps): Promise<Coordinator | undefined> {
  const { config, cluster, secret, clock, deadlines, log, random, onWait, stop } = deps;
  const { servers, credentialsFile, tls, replicas = servers.length >= enough ? enough : 1 } = cluster.nats;
  const content = (written: string | undefined): string | undefined => (written === undefined ? undefined : secret(written));
  for (let failures = 0; !stop.aborted; failures += 1) {
    try {
      return await connectNats({
        servers,
        credentials: content(credentialsFile),
        tls: tls === undefined ? undefined : { ca: content(tls.caFile), cert: content(tls.certFile), key: content(tls.keyFile) },
        name: cluster.instance ?? hostname(),
        prefix: cluster.name,
        leaseTtl: cluster.leaseTtl,
        replicas,
        maxBytes: config.outbox.maxBytes,
        clock,
      });
    } catch (error) {
      const retryInMs = Math.round(fullJitter(backoff, failures, random));
      log.warn('cluster.cut', 'NATS cannot be reached: it is tried again', { error: messageOf(error), retryInMs });
      onWait(messageOf(error), retryInMs);
      await deadlines.pause(retryInMs, stop);
    }
  }
  return undefined;
}
