import { systemClock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import { parseHeaders } from '../config/secrets.js';
import { openRecording } from '../recording/reader.js';
import { Replay } from '../recording/replay.js';
import { reportOf } from '../recording/report.js';
import { exitCodes } from './exit-codes.js';
import { counted, lasting, paintFor } from './page.js';
import { replayPage } from './replay-page.js';
import type { Signals } from './signals.js';

/** What `attributed replay` takes. */
export interface ReplayOptions {
  config: string;
  /** Undefined: as fast as possible. */
  speed?: number | undefined;
  lookups: boolean;
  json: boolean;
  values: boolean;
}

/** Replays a file and prints the report; a signal ends it early. Resolves with the exit code. Throws `ConfigInvalid`, `RecordingUnusable`. */
export async function replayRecording(
  file: string,
  { config: configFile, speed, lookups, json, values }: ReplayOptions,
  signals: Signals,
): Promise<number> {
  const loaded = loadConfig(configFile, {
    credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'],
    credentialsElsewhere: 'ignore',
  });
  const { config, secret } = loaded;
  const unreadable = lookups ? headersFault(loaded) : undefined;
  if (unreadable !== undefined) {
    process.stderr.write(`attributed: ${unreadable}\n`);
    return exitCodes.configInvalid;
  }
  const recording = await openRecording(file);
  const stop = new AbortController();
  void signals.received.then(() => {
    stop.abort();
  });
  const replay = new Replay({
    ...{ recording, config, secret, lookups, values, speed },
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
  });
  const { stdout, stderr } = process;
  if (speed !== undefined) stderr.write(`replaying at speed ${speed}, Ctrl-C ends it with the report so far\n`);
  const started = systemClock.now();
  await replay.run();
  const took = systemClock.now() - started;
  const report = reportOf(replay, { file, header: recording.header, values });
  stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : replayPage(report, paintFor(stdout)));
  stderr.write(`replayed ${counted(replay.lines, 'line')} in ${lasting(took).replaceAll('\u00a0', ' ')}\n`);
  return exitCodes.stopped;
}

/** Why the headers of a lookup cannot be read, if they cannot. */
function headersFault({ config, secret }: LoadedConfig): string | undefined {
  for (const [name, { headersFile }] of Object.entries(config.lookups)) {
    if (headersFile === undefined) continue;
    try {
      parseHeaders(secret(headersFile));
    } catch (error) {
      return `lookups.${name}.headersFile: ${messageOf(error)}`;
    }
  }
  return undefined;
}
