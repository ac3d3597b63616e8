import { AttributedError } from '../../base/errors.js';
import { loadConfig } from '../../config/load.js';
import { configPlace } from '../config-place.js';

/** There is nothing to read; the message says how to give something. */
export class NothingToTail extends AttributedError {
  readonly code = 'tail.nothing';
  readonly retry = 'never';
}

export interface SourceOptions {
  file: string | undefined;
  /** Config file that was named. */
  config: string | undefined;
  /** Whether stdin is a terminal, so that nobody gives anything there. */
  terminal: boolean;
}

/** The file to read: the one that is named, or that of the config; undefined for stdin. Throws `NothingToTail` or `ConfigInvalid`. */
export function fileToTail({ file, config: named, terminal }: SourceOptions): string | undefined {
  if (file !== undefined) return file;
  if (named === undefined && !terminal) return undefined;
  const place = configPlace(named);
  if (place === undefined && named !== undefined) throw new NothingToTail(`there is no config ${named}`);
  const logFile =
    place === undefined
      ? undefined
      : loadConfig(place, { credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'], credentialsElsewhere: 'ignore' }).config.log.file;
  if (logFile !== undefined) return logFile;
  throw new NothingToTail(
    `${place === undefined ? 'there is no config that names a log.file' : `${place} has no log.file`}: name a file, or read the journal with \`journalctl -f -o cat -u attributed | attributed tail\``,
  );
}
