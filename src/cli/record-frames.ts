import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { systemClock } from '../base/clock.js';
import { deferred } from '../base/deferred.js';
import { loadConfig } from '../config/load.js';
import { CredentialsRefused } from '../genesys/errors.js';
import { LineSink } from '../recording/line-sink.js';
import { Masker } from '../recording/mask.js';
import { Recorder } from '../recording/recorder.js';
import { clientSecretOf } from './client-secret.js';
import { exitCodes } from './exit-codes.js';
import { counted, lasting, sized } from './page.js';
import type { Signals } from './signals.js';
import { stderrLog } from './stderr-log.js';

/** What `attributed record` takes. */
export interface RecordOptions {
  config: string;
  out: string;
  for?: number;
  values: boolean;
  secretFile?: string;
}

/** Records until a signal, `--for`, or a sink that takes no more; resolves with the exit code. Throws `ConfigInvalid`. */
export async function recordFrames(options: RecordOptions, version: string, signals: Signals): Promise<number> {
  const { out, values } = options;
  const loaded = loadConfig(options.config, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'ignore' });
  const { config } = loaded;
  if (config.notifications.topics.length === 0)
    return complain('notifications.topics names no topic, so there is nothing to record', exitCodes.configInvalid);
  const secret = clientSecretOf(loaded, options.secretFile);
  if ('fault' in secret) return complain(secret.fault, exitCodes.configInvalid);
  const sink = out === '-' ? new LineSink(process.stdout) : await LineSink.create(out);
  const log = stderrLog('warn');
  /** A file with nothing in it would only be in the way of the next try. */
  const closeEmpty = async (): Promise<void> => {
    await sink.close({ end: out !== '-' });
    if (out !== '-') await rm(out);
  };
  const recorder = new Recorder({
    ...{ config, version, log },
    clientSecret: secret.read,
    clock: systemClock,
    random: Math.random,
    masker: new Masker({ key: randomBytes(32), values }),
    masked: !values,
    write: (line) => sink.write(line),
    onConnected: (told) => {
      const permitted = told.filter((topic) => topic.permitted).length;
      process.stderr.write(`recording ${permitted} of ${counted(told.length, 'topic')}, Ctrl-C ends it\n`);
    },
  });
  const started = systemClock.now();
  const time = deferred<'ended'>();
  const timer =
    options.for === undefined
      ? undefined
      : systemClock.after(options.for, () => {
          time.resolve('ended');
        });
  const running = recorder.run().then(() => 'ended' as const);
  try {
    const broken = sink.broken.then((reason) => (reason === undefined ? ('ended' as const) : { reason }));
    const end = await Promise.race([running, signals.received.then(() => 'ended' as const), broken, time.promise]);
    recorder.stop();
    await running;
    if (!recorder.connected && end === 'ended') {
      await closeEmpty();
      const why = `no channel was connected within ${lasting(systemClock.now() - started)}, so nothing was recorded`.replaceAll(
        '\u00a0',
        ' ',
      );
      return complain(`${why}: \`attributed check -c ${options.config} --online\` looks for the cause`, exitCodes.crashed);
    }
    await sink.close({ end: out !== '-' });
    const dropped = recorder.dropped === 0 ? '' : `; ${counted(recorder.dropped, 'frame')} not written, as ${out} did not take them`;
    const told = `${counted(recorder.frames, 'frame')} in ${lasting(systemClock.now() - started)}, ${sized(sink.bytes)}${dropped}`;
    process.stderr.write(`recorded ${told.replaceAll('\u00a0', ' ')}\n`);
    return end === 'ended' ? exitCodes.stopped : complain(`cannot write ${out}: ${end.reason}`, exitCodes.crashed);
  } catch (error) {
    if (!(error instanceof CredentialsRefused)) throw error;
    // the log has told it
    await closeEmpty();
    return exitCodes.credentialsRefused;
  } finally {
    timer?.cancel();
    await log.close();
  }
}

function complain(message: string, code: number): number {
  process.stderr.write(`attributed: ${message}\n`);
  return code;
}
