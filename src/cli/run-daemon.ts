import { systemClock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import { ConfigInvalid, loadConfig, type LoadedConfig, type LoadOptions } from '../config/load.js';
import { Daemon } from '../daemon.js';
import { CredentialsRefused } from '../genesys/errors.js';
import { LmdbStore } from '../intent/store/lmdb-store.js';
import { StoreHeld, StoreTooNew } from '../intent/store/store.js';
import { createLog, type Log } from '../observe/log.js';
import { exitCodes } from './exit-codes.js';
import { FileWatch } from './file-watch.js';
import { reload, type ReloadDeps } from './reload.js';
import type { Signals } from './signals.js';

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
  const { config, inactive, secret } = loaded;
  const log = createLog({ ...config.log, stream: process.stdout });
  log.info('daemon.started', 'attributed starts', { version, node: process.version, pid: process.pid });
  if (inactive.length > 0)
    log.warn('config.loaded', 'the config is valid; this version does not act on some of its fields yet', { file, inactive });
  else log.info('config.loaded', 'the config is valid', { file, inactive });
  const crash = crashed(log);
  let store: LmdbStore;
  try {
    store = await LmdbStore.open(config.outbox.dir);
  } catch (error) {
    log.error('daemon.failed', 'it could not start', { error: messageOf(error) });
    return end(log, complain(error));
  }
  const daemon = new Daemon({ config, secret, log, store, version, clock: systemClock, random: Math.random });
  let code: number = exitCodes.stopped;
  const endReloads = reloadOn(signals, loaded, { file, options, daemon, log });
  try {
    const started = daemon.start();
    const ended = await Promise.race([started.then(() => 'started' as const), signals.received, crash]);
    if (ended === 'crashed') return await end(log, exitCodes.crashed);
    if (ended === 'started' && (await Promise.race([signals.received, crash])) === 'crashed') return await end(log, exitCodes.crashed);
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
  const left = await daemon.stop();
  await store.close();
  log.info('daemon.stopped', left === 0 ? 'clean end' : 'clean end; what is left is on disk and goes on at the next start', { left });
  return end(log, code);
}

/** Reloads on SIGHUP, and with `reload.watch` also when the file or a secret changes, until the returned function is called. */
function reloadOn(signals: Signals, { config, files }: LoadedConfig, deps: ReloadDeps): () => void {
  const { file, log } = deps;
  const deadlines = new Deadlines(systemClock);
  const again = (): void => {
    // before it is read: what changes after that is seen as a change
    watch?.know();
    const loaded = reload(deps);
    if (loaded !== undefined) watch?.follow(loaded.files);
  };
  const watch = config.reload.watch
    ? new FileWatch(files, {
        deadlines,
        onChange: again,
        onTrouble: (error) => {
          log.warn('config.unwatched', 'a change of the file may not be seen; SIGHUP reloads it', { file, error: messageOf(error) });
        },
      })
    : undefined;
  signals.onHangup(again);
  return () => {
    signals.onHangup(() => undefined);
    watch?.close();
    deadlines.clear();
  };
}

/** Tells on stderr why the daemon does not run; returns the exit code for it. */
function complain(error: unknown): number {
  process.stderr.write(`attributed: ${messageOf(error)}\n`);
  if (error instanceof CredentialsRefused) return exitCodes.credentialsRefused;
  if (error instanceof StoreHeld) return exitCodes.outboxHeld;
  return error instanceof StoreTooNew ? exitCodes.configInvalid : exitCodes.crashed;
}

async function end(log: Log, code: number): Promise<number> {
  await log.close();
  return code;
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
