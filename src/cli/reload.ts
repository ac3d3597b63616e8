import { messageOf } from '../base/errors.js';
import { formatFault } from '../config/fault.js';
import { ConfigInvalid, loadConfig, type LoadedConfig, type LoadOptions } from '../config/load.js';
import type { Daemon } from '../daemon.js';
import type { Log } from '../observe/log.js';

export interface ReloadDeps {
  file: string;
  options: LoadOptions;
  daemon: Pick<Daemon, 'reload'>;
  log: Log;
}

/**
 * Reads the config file again and lets the daemon run by it; a file that is not valid changes nothing. Tells either.
 * All in one turn: a SIGHUP that comes meanwhile finds it done, and starts another one.
 * @returns what was loaded; undefined if it was rejected
 */
export function reload({ file, options, daemon, log }: ReloadDeps): LoadedConfig | undefined {
  try {
    const loaded = loadConfig(file, options);
    const changes = daemon.reload(loaded);
    const paths = (restart: boolean): string[] =>
      changes.filter((change) => (change.reload === 'restart') === restart).map(({ path }) => path);
    const fields = { file, changed: paths(false), restart: paths(true) };
    if (fields.restart.length > 0) log.warn('config.reloaded', 'the fields in `restart` stay as they were until a restart', fields);
    else log.info('config.reloaded', fields.changed.length > 0 ? 'what has changed counts from now on' : 'nothing has changed', fields);
    return loaded;
  } catch (error) {
    reject(error, file, log);
    return undefined;
  }
}

function reject(error: unknown, file: string, log: Log): void {
  const message = 'the config cannot be used: nothing has changed, correct it and reload again';
  if (!(error instanceof ConfigInvalid)) {
    log.warn('config.rejected', message, { file, fault: messageOf(error) });
    return;
  }
  for (const fault of error.faults) {
    const { line, column, path } = fault;
    log.warn('config.rejected', message, { file, line, column, path, fault: formatFault(file, fault) });
  }
}
