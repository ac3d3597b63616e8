import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AttributedError, messageOf } from '../base/errors.js';
import { formatFault, formatPath, type Fault } from './fault.js';
import { faultsOf } from './issues.js';
import { placeDoubts } from './places.js';
import { referenceFaults } from './references.js';
import { configSchema, type Config } from './schema.js';
import { parseHeaders, readSecret, secretFields, secretPath, webhookSecrets, type SecretPlaces } from './secrets.js';
import { parseSource, type Source } from './source.js';

/** A config file that cannot be used. The message holds every fault, one a line; exit code 78. */
export class ConfigInvalid extends AttributedError {
  readonly code = 'config.invalid';
  readonly retry = 'never';
  readonly faults: readonly Fault[];

  constructor(file: string, faults: readonly Fault[]) {
    super(faults.map((fault) => formatFault(file, fault)).join('\n'));
    this.faults = faults;
  }
}

export interface LoadOptions {
  /** `$CREDENTIALS_DIRECTORY`, for `%d/`. */
  credentialsDirectory: string | undefined;
  /**
   * Whether a `%d/` file that cannot be seen here is a fault, or only a warning (`check` outside the unit); with `ignore`
   * any secret that cannot be read is only a warning (a command that asks the daemon needs no secret but its token), and
   * where the daemon writes does not matter.
   */
  credentialsElsewhere: 'warn' | 'fault' | 'ignore';
}

export interface LoadedConfig {
  config: Config;
  /** What is doubtful but no fault, as `FILE:LINE:COL path: …`, in the order of the file. */
  warnings: string[];
  /** The file as it is written, for `check --explain`. */
  written: unknown;
  /** Reads a secret file of this config; see `readSecret`. */
  secret: (path: string) => string;
  /** The config file, and the secret files that it names. */
  files: string[];
}

/** Reads and validates a config file. Throws `ConfigInvalid` with all faults at once. */
export function loadConfig(file: string, options: LoadOptions): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigInvalid(file, [{ line: 1, column: 1, path: '', message: `cannot read the config file: ${messageOf(error)}` }]);
  }
  const source = withoutEmptySections(parseSource(text));
  if (source.value === undefined) throw new ConfigInvalid(file, source.faults);
  const places: SecretPlaces = { configFile: file, credentialsDirectory: options.credentialsDirectory };
  const parsed = configSchema.safeParse(source.value);
  const secrets = secretFaults(source, places);
  const absolute = (written: string): string => resolve(dirname(file), written);
  const { credentialsElsewhere } = options;
  // a command that asks the daemon writes nowhere
  const doubts = credentialsElsewhere === 'ignore' ? [] : doubtsOf(source, absolute);
  const unseen = (fault: SecretFault): boolean =>
    credentialsElsewhere === 'ignore' || (fault.outsideUnit && credentialsElsewhere === 'warn');
  const faults = [
    ...source.faults,
    ...faultsOf(parsed.error?.issues ?? [], source),
    ...referenceFaults(source),
    ...secrets.filter((fault) => !unseen(fault)),
    ...doubts.filter(({ certain }) => certain),
  ];
  if (faults.length > 0 || !parsed.success) throw new ConfigInvalid(file, inOrder(faults));
  return {
    config: withPaths(parsed.data, absolute),
    warnings: inOrder([...secrets.filter(unseen), ...doubts]).map((fault) => formatFault(file, fault)),
    written: source.value,
    secret: (written) => {
      const place = secretPath(written, places);
      if ('fault' in place) throw new Error(place.fault);
      return readSecret(place.path);
    },
    files: [file, ...secretFiles(source, places)],
  };
}

/** Relative paths start at the config file. */
function withPaths({ outbox, log, ...others }: Config, absolute: (written: string) => string): Config {
  return {
    ...others,
    outbox: { ...outbox, dir: absolute(outbox.dir) },
    log: log.file === undefined ? log : { ...log, file: absolute(log.file) },
  };
}

type SecretFault = Fault & { outsideUnit: boolean };

function secretFaults(source: Source, places: SecretPlaces): SecretFault[] {
  return secretFields(source.value).flatMap(({ path, written }) => {
    const place = secretPath(written, places);
    const at = { ...source.valueAt(path), path: formatPath(path) };
    if ('fault' in place) return [{ ...at, message: place.fault, outsideUnit: place.outsideUnit }];
    try {
      const content = readSecret(place.path);
      if (at.path === 'http.webhookSecretFile') webhookSecrets(content);
      if (path.at(-1) === 'headersFile') parseHeaders(content);
      return [];
    } catch (error) {
      return [{ ...at, message: messageOf(error), outsideUnit: false }];
    }
  });
}

function doubtsOf(source: Source, absolute: (written: string) => string): (Fault & { certain: boolean })[] {
  return placeDoubts(source.value, absolute).map(({ path, ...doubt }) => ({ ...source.valueAt(path), path: formatPath(path), ...doubt }));
}

/** Where the secret files are that can be seen here. */
function secretFiles(source: Source, places: SecretPlaces): string[] {
  return secretFields(source.value)
    .map(({ written }) => secretPath(written, places))
    .flatMap((place) => ('path' in place ? [place.path] : []));
}

/** A section whose fields are all commented out is null in YAML: it counts as not being there. */
function withoutEmptySections(source: Source): Source {
  const strip = (value: unknown, depth: number): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .filter(([, inner]) => inner !== null)
            .map(([key, inner]) => [key, strip(inner, depth - 1)]),
        );
  return { ...source, value: source.value === null ? {} : strip(source.value, 3) };
}

function inOrder(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults
    .filter((fault) => {
      const key = formatFault('', fault);
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
