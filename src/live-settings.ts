import { reloadOf, type Change, type Loaded } from './config/diff.js';
import type { LoadedConfig } from './config/load.js';
import { secretsIn } from './config/secrets.js';
import type { Registry } from './conversation/registry.js';
import type { Budget } from './genesys/budget.js';
import type { NotificationSource } from './genesys/notifications.js';
import type { RestClient } from './genesys/rest.js';
import type { TokenSource } from './genesys/token.js';
import type { KeptOutbox } from './intent/kept-outbox.js';
import type { PatientLookups } from './intent/lookups/patience.js';
import type { RuleEngine } from './intent/rules/engine.js';
import type { Log } from './observe/log.js';
import { settingsOf, type Settings, type SettingsDeps } from './settings.js';
import type { Writer } from './write/writer.js';

/** A config that was loaded, as far as a daemon needs it. */
export type DaemonConfig = Pick<LoadedConfig, 'config' | 'secret'>;

/** The parts that are told their settings anew; the `configure` of each says what becomes of what is under way. */
export interface ConfiguredParts {
  log: Log;
  budget: Budget;
  token: TokenSource;
  rest: RestClient;
  notifications: NotificationSource;
  registry: Registry;
  outbox: KeptOutbox;
  patience: PatientLookups;
  engine: RuleEngine;
  writer: Writer;
}

/** What a daemon runs by, and how it comes to run by something else. */
export class LiveSettings {
  readonly #deps: SettingsDeps;
  #current: Settings;
  #secret: DaemonConfig['secret'];

  /** Throws what is wrong with a secret file. */
  constructor(from: DaemonConfig, deps: SettingsDeps) {
    this.#deps = deps;
    this.#current = settingsOf(withSecrets(from), deps);
    this.#secret = from.secret;
  }

  get current(): Settings {
    return this.#current;
  }

  /** The client secret as its file has it now. Throws if it cannot be read. */
  clientSecret(): string {
    return this.#secret(this.#current.config.genesys.clientSecretFile);
  }

  /**
   * Makes another config count, but for the fields that need a restart, and tells the parts. All or nothing: if it throws,
   * as for a secret file that cannot be read, nothing has changed. What can throw is done before any part is told.
   * @returns the fields that differ, those that need a restart among them
   */
  reload(to: DaemonConfig, parts: ConfiguredParts): Change[] {
    const { lookups } = this.#current;
    const { applied, changes } = reloadOf(this.#current, withSecrets(to));
    const changed = new Set(changes.map(({ path }) => path));
    const kept = new Map([...lookups].filter(([name]) => !changed.has(`lookups.${name}`)));
    this.#current = settingsOf(applied, { ...this.#deps, kept });
    this.#secret = to.secret;
    const reconnects = changes.some(({ reload }) => reload === 'reconnect');
    if (reconnects) parts.token.forget();
    this.#tell(parts);
    if (reconnects) parts.notifications.reconnect();
    return changes;
  }

  #tell({ log, budget, token, rest, notifications, registry, outbox, patience, engine, writer }: ConfiguredParts): void {
    const { config, apiUrl, loginUrl, rules } = this.#current;
    const { genesys, write } = config;
    const timeout = genesys.requestTimeout;
    log.configure(config.log);
    budget.configure(genesys.budget);
    token.configure({ loginUrl, clientId: genesys.clientId, timeout });
    rest.configure({ apiUrl, timeout });
    notifications.configure(config.notifications);
    registry.configure(config.conversations);
    outbox.configure(config.outbox);
    patience.configure(write);
    engine.configure({ rules, participant: write.participant });
    writer.configure(write);
  }
}

function withSecrets({ config, secret }: DaemonConfig): Loaded {
  return { config, secrets: secretsIn(config, secret) };
}
