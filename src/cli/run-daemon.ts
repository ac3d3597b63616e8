import { systemClock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import { ConfigInvalid, loadConfig, type LoadedConfig, type LoadOptions } from '../config/load.js';
import type { Coordinator } from '../cluster/coordinator.js';
import { Daemon } from '../daemon.js';
import { aliveChecks } from '../figures/checks.js';
import { statusLine } from '../figures/status-line.js';
import { statusOf } from '../figures/status.js';
import { CredentialsRefused } from '../genesys/errors.js';
import { LmdbStore } from '../intent/store/lmdb-store.js';
import { MemoryStore } from '../intent/store/memory-store.js';
import { StoreHeld, StoreTooNew, type IntentStore } from '../intent/store/store.js';
import { Heartbeat } from '../observe/heartbeat.js';
import type { Log } from '../observe/log.js';
import type { Notify } from '../observe/notify.js';
import { exitCodes } from './exit-codes.js';
import { FileWatch } from './file-watch.js';
import { openFleet } from './open-fleet.js';
import { openLog, type OpenLog } from './open-log.js';
import { reload } from './reload.js';
import { serviceManager, watchdogOf } from './service-manager.js';
import type { Signals } from './signals.js';

/** What an end takes beside `stop.drain`, in ms: answers that are under way, closing the outbox and the log. */
const beyondDrain = 10_000;

/** Resolves with the exit code when the daemon has ended. */
export async function runDaemon(file: string, version: string, signals: Signals): Promise<number> {
  const options: LoadOptions = { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'fault' };
  let loaded;
  try {
    loaded = loadConfig(file, options);
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodes.configInvalid;
  }
  const { config, secret } = loaded;
  let opened: OpenLog;
  try {
    opened = await openLog(config.log);
  } catch (error) {
    return complain(error);
  }
  const { log, reopen } = opened;
  log.info('daemon.started', 'attributed starts', { version, node: process.version, pid: process.pid });
  log.info('config.loaded', 'the config is valid', { file });
  const crash = crashed(log);
  const deadlines = new Deadlines(systemClock);
  const notify = serviceManager(process.env, { deadlines, log });
  const end = async (code: number): Promise<number> => {
    signals.exitCode = code;
    await log.close();
    await notify.close();
    // no timer may hold up the end of the process
    deadlines.clear();
    return code;
  };
  let kept: Kept | undefined;
  try {
    kept = await open(loaded, { deadlines, log, notify, signals });
  } catch (error) {
    log.error('daemon.failed', 'it could not start', { error: messageOf(error) });
    return end(complain(error));
  }
  if (kept === undefined) return end(exitCodes.stopped);
  const daemon = new Daemon({ ...kept, config, secret, log, version, clock: systemClock, random: Math.random });
  let code: number = exitCodes.stopped;
  let rejected = false;
  const heartbeat = new Heartbeat({
    clock: systemClock,
    deadlines,
    notify,
    alive: aliveChecks(daemon),
    notReady: () => daemon.notReady(),
    line: () => statusLine(statusOf(daemon)) + (rejected ? '; the last reload was refused, see config.rejected' : ''),
    watchdog: watchdogOf(process.env, process.pid),
  });
  const endReloads = reloadOn(signals, loaded, {
    file,
    log,
    deadlines,
    reopen,
    again: () => {
      const again = heartbeat.reload(() => reload({ file, options, daemon, log }));
      rejected = again === undefined;
      return again;
    },
  });
  try {
    const started = daemon.start();
    const ended = await Promise.race([started.then(() => 'started' as const), signals.received, crash]);
    if (ended === 'crashed') return await end(exitCodes.crashed);
    if (ended === 'started') {
      heartbeat.ready();
      if ((await Promise.race([signals.received, crash])) === 'crashed') return await end(exitCodes.crashed);
    }
    log.info('daemon.stopping', 'intake is stopped, what waits is written', {
      signal: await signals.received,
      pending: daemon.writer.pending,
    });
  } catch (error) {
    code = complain(error);
    // a refusal of the credentials is no fault of this program, and auth.refused has told it in full
    if (code === exitCodes.crashed) log.error('daemon.failed', 'it could not start', { error: messageOf(error) });
  }
  endReloads();
  heartbeat.stopping(daemon.config.stop.drain + beyondDrain);
  const left = await daemon.stop();
  await kept.store.close();
  await kept.coordinator?.close();
  heartbeat.stop();
  const how = code === exitCodes.stopped ? 'clean end' : 'it has ended, as it could not start';
  log.info('daemon.stopped', left === 0 ? how : `${how}; what is left is on disk and goes on at the next start`, { left, exitCode: code });
  return end(code);
}

/** A try to reach NATS and to find or make its streams takes less than that, in ms: connect.ts and streams.ts allow 105 s in all. */
const mostOfATry = 120_000;

/** Where intents are kept: on this machine, or by the fleet. */
interface Kept {
  store: IntentStore;
  coordinator?: Coordinator;
}

/** Opens that; undefined if the daemon is stopped before NATS is reached. */
async function open(
  { config, secret }: LoadedConfig,
  { deadlines, log, notify, signals }: { deadlines: Deadlines; log: Log; notify: Notify; signals: Signals },
): Promise<Kept | undefined> {
  const { cluster } = config;
  if (cluster === undefined) return { store: await LmdbStore.open(config.outbox.dir) };
  const end = new AbortController();
  void signals.received.then(() => {
    end.abort();
  });
  const onWait = (error: string, retryInMs: number): void => {
    // that NATS is away is nothing that a restart mends
    notify.extend(retryInMs + mostOfATry);
    notify.status(`waits for NATS: ${error}`);
  };
  const opened = openFleet({ config, cluster, secret, clock: systemClock, deadlines, log, random: Math.random, onWait, stop: end.signal });
  const coordinator = await Promise.race([opened, signals.received.then(() => undefined)]);
  // one that is there too late must not hold up the end
  if (coordinator === undefined) void opened.then((late) => late?.close()).catch(() => undefined);
  return coordinator === undefined ? undefined : { store: new MemoryStore(), coordinator };
}

interface ReloadsDeps {
  file: string;
  log: Log;
  deadlines: Deadlines;
  /** Looks whether the log's file was rotated. */
  reopen: () => void;
  /** Loads the config again; undefined if it was rejected. */
  again: () => LoadedConfig | undefined;
}

/** Reloads on SIGHUP, and with `reload.watch` also when the file or a secret changes, until the returned function is called. */
function reloadOn(signals: Signals, { config, files }: LoadedConfig, { file, log, deadlines, reopen, again }: ReloadsDeps): () => void {
  const onChange = (): void => {
    // before it is read: what changes after that is seen as a change
    watch?.know();
    const loaded = again();
    if (loaded !== undefined) watch?.follow(loaded.files);
  };
  const watch = config.reload.watch
    ? new FileWatch(files, {
        deadlines,
        onChange,
        onTrouble: (error) => {
          log.warn('config.unwatched', 'a change of the file may not be seen; SIGHUP reloads it', { file, error: messageOf(error) });
        },
      })
    : undefined;
  signals.onHangup(() => {
    reopen();
    onChange();
  });
  return () => {
    signals.onHangup(() => undefined);
    watch?.close();
  };
}

/** Tells on stderr why the daemon does not run; returns the exit code for it. */
function complain(error: unknown): number {
  process.stderr.write(`attributed: ${messageOf(error)}\n`);
  if (error instanceof CredentialsRefused) return exitCodes.credentialsRefused;
  if (error instanceof StoreHeld) return exitCodes.outboxHeld;
  return error instanceof StoreTooNew ? exitCodes.configInvalid : exitCodes.crashed;
}

/** Resolves when a fault of this program came to the surface; it is logged. */
function crashed(log: Log): Promise<'crashed'> {
  return new Promise((resolve) => {
    const onFault = (error: unknown): void => {
      log.error('daemon.failed', 'a fault of this program ended it', {
        error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
      });
      process.stderr.write(`attributed: ${messageOf(error)}\n`);
      resolve('crashed');
      // whatever still runs must not keep a broken process alive
      setTimeout(() => process.exit(exitCodes.crashed), 1_000).unref();
    };
    process.on('uncaughtException', onFault).on('unhandledRejection', onFault);
  });
}
