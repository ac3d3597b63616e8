import { nobody, type Notify } from '../observe/notify.js';
import { Systemd, type SystemdDeps } from '../observe/systemd.js';

/** Whom the environment names to be told how it goes: systemd, in a unit of `Type=notify`. */
export function serviceManager(env: NodeJS.ProcessEnv, deps: SystemdDeps): Notify {
  return env['NOTIFY_SOCKET'] === undefined ? nobody : new Systemd(deps);
}

/** How long it may be silent before systemd kills it (`WatchdogSec=`), in ms; undefined if it does not watch this process. */
export function watchdogOf(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched = String(pid) } = env;
  return watched === String(pid) && Number(microseconds) > 0 ? Number(microseconds) / 1_000 : undefined;
}
