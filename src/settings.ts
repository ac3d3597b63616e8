import type { Loaded } from './config/diff.js';
import { parseHeaders, webhookSecrets } from './config/secrets.js';
import { hostsOf } from './genesys/hosts.js';
import { Lookup, type LookupDeps } from './intent/lookups/lookup.js';
import { compileRules, type Rule } from './intent/rules/rule.js';

/** What the parts of a daemon are told, from a config: all that may be wrong with one shows when this is made. */
export interface Settings extends Loaded {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly loginUrl: string;
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly rules: readonly Rule[];
  /** The local API's bearer token; undefined where none is needed. */
  readonly token: string | undefined;
  /** Secrets that sign webhooks; undefined where none are taken. */
  readonly webhookSecrets: readonly string[] | undefined;
}

export interface SettingsDeps extends Omit<LookupDeps, 'headers'> {
  /** Lookups that are as they were, with what they have in their caches. */
  kept?: ReadonlyMap<string, Lookup>;
}

/** Throws what is wrong with a secret file, such as a line that is no header. */
export function settingsOf({ config, secrets }: Loaded, { kept = new Map(), ...deps }: SettingsDeps): Settings {
  const content = (...path: string[]): string | undefined =>
    secrets.find((secret) => secret.path.length === path.length && secret.path.every((part, index) => part === path[index]))?.content;
  const lookups = new Map(
    Object.entries(config.lookups).map(([name, lookup]) => {
      const headers = parseHeaders(content('lookups', name, 'headersFile') ?? '');
      return [name, kept.get(name) ?? new Lookup(name, lookup, { ...deps, headers })];
    }),
  );
  const signing = content('http', 'webhookSecretFile');
  return {
    config,
    secrets,
    ...hostsOf(config.genesys),
    lookups,
    rules: compileRules(config.rules, lookups),
    token: content('http', 'tokenFile'),
    webhookSecrets: signing === undefined ? undefined : webhookSecrets(signing),
  };
}
