import { systemClock } from '../base/clock.js';
import { loadConfig } from '../config/load.js';
import { openRecording } from '../recording/reader.js';
import { Replay } from '../recording/replay.js';
import { reportOf } from '../recording/report.js';
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

/** Replays a file and prints the report; a signal ends it early. Throws `ConfigInvalid`, `RecordingUnusable`. */
export async function replayRecording(
  file: string,
  { config: configFile, speed, lookups, json, values }: ReplayOptions,
  signals: Signals,
): Promise<void> {
  const { config, secret } = loadConfig(configFile, {
    credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'],
    credentialsElsewhere: 'ignore',
  });
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
  const started = systemClock.now();
  await replay.run();
  const took = systemClock.now() - started;
  const report = reportOf(replay, { file, header: recording.header, values });
  const { stdout, stderr } = process;
  stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : replayPage(report, paintFor(stdout)));
  stderr.write(`replayed ${counted(replay.lines, 'line')} in ${lasting(took).replaceAll('\u00a0', ' ')}\n`);
}
