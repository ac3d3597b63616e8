import type { FastifyInstance } from 'fastify';
import { tap, type Subscription } from 'rxjs';
import type { Clock } from './base/clock.js';
import { Deadlines } from './base/deadlines.js';
import type { Change } from './config/diff.js';
import type { Coordinator } from './cluster/coordinator.js';
import { FleetSide } from './cluster/fleet-side.js';
import type { Config } from './config/schema.js';
import { readBody } from './conversation/body-bytes.js';
import { CatchUp } from './conversation/catch-up.js';
import { Registry } from './conversation/registry.js';
import { ConversationReader } from './conversation/reader.js';
import { aliveChecks, readyChecks, readyDetails } from './figures/checks.js';
import { measure } from './figures/measure.js';
import type { Parts } from './figures/parts.js';
import { statusOf } from './figures/status.js';
import { workIn } from './figures/work.js';
import { createAgents, type Agents } from './genesys/agents.js';
import { Breaker } from './genesys/breaker.js';
import { Budget } from './genesys/budget.js';
import type { Answer } from './genesys/answer.js';
import { exchange, type HttpRequest } from './genesys/http.js';
import { Notifications, type NotificationSource, type Signal } from './genesys/notifications.js';
import { RestClient } from './genesys/rest.js';
import { TokenSource } from './genesys/token.js';
import { createLocalApi, listenAt } from './intent/local-api/server.js';
import { PatientLookups } from './intent/lookups/patience.js';
import { KeptOutbox } from './intent/kept-outbox.js';
import type { Intent } from './intent/intent.js';
import type { IntentStore } from './intent/store/store.js';
import { TimedStore } from './intent/store/timed-store.js';
import { RuleEngine } from './intent/rules/engine.js';
import { LiveSettings, type ConfiguredParts, type DaemonConfig } from './live-settings.js';
import { healthOf, LoopLag } from './observe/health.js';
import { Metrics } from './observe/metrics.js';
import { Journal, withJournal } from './observe/journal.js';
import type { Log } from './observe/log.js';
import { Rates } from './observe/rate.js';
import { Outcomes } from './write/outcome.js';
import { alone } from './write/tenure.js';
import { targets } from './write/targets/targets.js';
import { Writer } from './write/writer.js';

export interface DaemonOptions extends DaemonConfig {
  log: Log;
  /** Version of the program. */
  version: string;
  clock: Clock;
  /** Where intents are kept, unless a coordinator keeps them; whoever opened it closes it. */
  store: IntentStore;
  /** What the instances of a fleet share; whoever connected it closes it. Undefined for a lone daemon. */
  coordinator?: Coordinator | undefined;
  /** A number in [0, 1). */
  random: () => number;
  /** The proxy's URL for a URL, or an empty string; from the environment if not given. */
  proxyFor?: (url: string) => string;
  /** Sees each signal of the platform before anybody else. */
  onSignal?: (signal: Signal) => void;
  /** Entries that the journal keeps over all calls; 100,000 if not given. */
  journalEntries?: number;
}

/** While it stops, how often it looks whether the lookups have answered, in ms. */
const drainStep = 20;

/** The daemon: it alone knows every room, wires them, starts and stops them. */
export class Daemon implements Parts {
  readonly registry: Registry;
  readonly writer: Writer;
  readonly outcomes: Outcomes;
  readonly outbox: KeptOutbox;
  readonly store: TimedStore;
  readonly budget: Budget;
  readonly notifications: NotificationSource;
  /** This daemon as one of a fleet; undefined for a lone one. */
  readonly fleet: FleetSide | undefined;
  readonly token: TokenSource;
  readonly lag: LoopLag;
  readonly rates: Rates<'events' | 'writes' | 'conflicts' | 'failed'>;
  readonly version: string;
  readonly started: number;
  readonly journal: Journal;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where the local API listens; undefined while it does not. */
  address: string | undefined;
  readonly #options: DaemonOptions;
  readonly #settings: LiveSettings;
  readonly #configured: ConfiguredParts;
  readonly #deadlines: Deadlines;
  readonly #agents: Agents;
  readonly breaker: Breaker;
  readonly #engine: RuleEngine;
  readonly #reader: ConversationReader;
  readonly #catchUp: CatchUp;
  readonly #stop = new AbortController();
  readonly #subscriptions: Subscription[] = [];
  #intake: Subscription | undefined;
  #server: FastifyInstance | undefined;
  #stopping: Promise<number> | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
    const { config, clock, random, proxyFor, journalEntries: most, coordinator } = options;
    this.clock = clock;
    this.started = clock.now();
    this.version = options.version;
    this.journal = new Journal({ clock, ...(most === undefined ? {} : { most }) });
    const log = (this.log = withJournal(options.log, this.journal));
    const deadlines = (this.#deadlines = new Deadlines(clock));
    const agents = (this.#agents = createAgents(proxyFor));
    const send = (request: HttpRequest): Promise<Answer> => exchange(agents, request);
    const metrics = (this.metrics = new Metrics({ version: this.version, node: process.version, clock }));
    const base = { clock, deadlines, log, random, metrics };

    const settings = (this.#settings = new LiveSettings(options, { exchange: send, clock, metrics }));
    const { apiUrl, loginUrl, rules } = settings.current;
    const { genesys, notifications, conversations, write } = config;
    const timeout = genesys.requestTimeout;
    this.breaker = new Breaker(base);
    this.fleet =
      coordinator === undefined || config.cluster === undefined
        ? undefined
        : new FleetSide({ ...base, coordinator, exchange: send, cluster: config.cluster, apiUrl: () => settings.current.apiUrl });
    const { fleet } = this;
    const guarded = this.breaker.guard(fleet?.reach.watch(send) ?? send);
    this.budget = new Budget(base, genesys.budget);
    const token = (this.token = new TokenSource({
      clock,
      log,
      budget: this.budget,
      exchange: guarded,
      loginUrl,
      clientId: genesys.clientId,
      clientSecret: () => settings.clientSecret(),
      timeout,
    }));
    const rest = new RestClient({ budget: this.budget, token, exchange: guarded, apiUrl, timeout });
    const listening = { ...base, rest, token, agents, readBody };
    this.notifications = fleet?.listen(listening, notifications) ?? new Notifications(listening, notifications);

    this.registry = new Registry({ ...base, ...conversations });
    this.#reader = new ConversationReader({ rest, registry: this.registry, path: (id) => targets[write.target].conversationPath(id) });
    this.#catchUp = new CatchUp({
      ...base,
      rest,
      registry: this.registry,
      reader: this.#reader,
      topics: () => this.notifications.desired,
      ...(fleet === undefined ? {} : { isOwn: (id) => fleet.fleet.owns(id) }),
    });

    this.store = new TimedStore(fleet?.fleet.store ?? options.store, base.clock);
    this.outbox = new KeptOutbox({ ...base, ...config.outbox, store: this.store });
    const { outbox } = this;
    const patience = new PatientLookups({
      ...base,
      outbox,
      giveUpAfter: write.giveUpAfter,
      signal: this.#stop.signal,
    });
    this.#engine = new RuleEngine({ ...base, outbox, rules, lookups: patience, participant: write.participant });

    this.outcomes = new Outcomes({ ...base, outbox });
    this.writer = new Writer({
      ...base,
      rest,
      reader: this.#reader,
      target: targets[write.target],
      settings: write,
      outcomes: this.outcomes,
      registry: this.registry,
      tenure: fleet?.fleet ?? alone,
      recovered: this.breaker.recovered,
    });
    this.lag = new LoopLag(base);
    this.rates = new Rates(base, {
      events: () => this.registry.outcomes.newer + this.registry.outcomes.duplicate + this.registry.outcomes.older,
      writes: () => this.outcomes.figures.requests,
      conflicts: () => this.outcomes.figures.conflicts,
      failed: () => this.outcomes.figures.failed,
    });
    measure(metrics, this);
    const { budget, notifications: told, registry, writer } = this;
    this.#configured = { log, budget, token, rest, notifications: told, registry, outbox, patience, engine: this.#engine, writer };
  }

  /**
   * Opens the local API and connects. Resolves when it is ready for the first time.
   * Rejects with `CredentialsRefused` if the OAuth client is refused, or if the local API cannot listen.
   */
  async start(): Promise<void> {
    const { config, clock } = this;
    const { onSignal } = this.#options;
    const { log } = this;
    const started = clock.now();
    if (!this.outbox.durable) log.warn('outbox.volatile', 'intents are kept in memory only: they do not survive the process');
    this.#subscriptions.push(
      this.#engine.wishes.subscribe((wish) => {
        this.writer.submit(wish);
      }),
    );
    this.#intake = this.#engine.listen(this.registry.changes);
    this.#subscriptions.push(this.#resumeWatch());
    this.#recover();
    if (config.http.listen !== 'off') await this.#listen();
    const signals = onSignal === undefined ? this.notifications.signals : this.notifications.signals.pipe(tap(onSignal));
    const ready = new Promise<void>((resolve) => {
      this.#subscriptions.push(
        signals.subscribe((signal) => {
          // in a fleet it may be another instance's
          if (this.fleet === undefined) this.#onSignal(signal);
          if (this.notifications.connected) resolve();
        }),
      );
    });
    await this.fleet?.join({
      registry: this.registry,
      outbox: this.outbox,
      writer: this.writer,
      token: this.token,
      budget: this.budget,
      catchUp: this.#catchUp,
      onIntent: (intent) => {
        this.#goOn(intent);
      },
    });
    await Promise.race([ready, this.fleet?.ready ?? ready, this.notifications.run()]);
    if (!this.stopping)
      log.info('daemon.ready', 'subscribed and able to write', { listen: this.address, tookMs: Math.round(clock.now() - started) });
  }

  #onSignal(signal: Signal): void {
    if (signal.kind === 'event') {
      this.registry.observe(signal.event);
      return;
    }
    this.registry.gap();
    if (signal.over) this.#catchUp.start(signal.since);
  }

  /** What it runs by. */
  get config(): Config {
    return this.#settings.current.config;
  }

  /**
   * Runs by another config from now on, but for the fields that need a restart; see `LiveSettings.reload`. Not to be called
   * once it stops.
   */
  reload(to: DaemonConfig): Change[] {
    return this.#settings.reload(to, this.#configured);
  }

  /** Why it is not able to do its job; empty if it is. */
  notReady(): string[] {
    return healthOf(readyChecks(this)).reasons;
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Stops intake, writes what waits within `stop.drain`, closes everything. Resolves with the number of intents left. */
  stop(): Promise<number> {
    this.#stopping ??= this.#shutDown();
    return this.#stopping;
  }

  /** Intents of an earlier run are evaluated again against their conversations as they are now, not replayed blindly. */
  #recover(): void {
    const open = this.outbox.open();
    if (this.outbox.durable)
      this.log.info('outbox.recovered', 'intents of an earlier run were read back', { kept: this.outbox.size, open: open.length });
    for (const intent of open) this.#goOn(intent);
  }

  #goOn(intent: Intent): void {
    const { attributes } = intent;
    if (attributes === undefined) void this.#resume(intent);
    else this.writer.submit({ ...intent, attributes });
  }

  /** What was confirmed is watched again when its conversation is seen anew: after a restart, or after it was evicted. */
  #resumeWatch(): Subscription {
    return this.registry.changes.subscribe(({ conversation, previous }) => {
      if (previous === undefined) this.writer.resume(conversation, this.outbox.of(conversation.id));
    });
  }

  async #resume(intent: Intent): Promise<void> {
    const conversation = await this.writer.conversationOf(intent);
    if (conversation !== undefined) await this.#engine.resume(intent, conversation);
  }

  async #listen(): Promise<void> {
    const { log } = this;
    const { listen } = this.config.http;
    this.#server = createLocalApi({
      log,
      deadlines: this.#deadlines,
      outbox: this.outbox,
      registry: this.registry,
      journal: this.journal,
      pipelines: (conversationId) => workIn(this, conversationId),
      guard: { listen, token: () => this.#settings.current.token },
      alive: aliveChecks(this),
      ready: readyChecks(this),
      details: () => ({ ...readyDetails(this) }),
      metrics: this.metrics,
      status: () => statusOf(this),
      webhook: {
        secrets: () => this.#settings.current.webhookSecrets,
        observe: (event) => this.fleet?.take(event) ?? this.registry.observe(event),
      },
      find: (conversationId) => this.#reader.find(conversationId),
      submit: (wish) => {
        this.writer.submit(wish);
      },
      resume: (intent) => void this.#resume(intent),
      accepting: () => !this.stopping,
      relay: this.fleet?.relay,
      instance: this.fleet?.fleet.instance,
    });
    this.address = await listenAt(this.#server, listen);
    log.info('http.listening', 'the local API is open', { listen: this.address });
  }

  async #shutDown(): Promise<number> {
    // no new wishes; events go on, as what is left to write needs the newest ETags
    this.#intake?.unsubscribe();
    const { clock, config } = this;
    const end = clock.now() + config.stop.drain;
    // what rules have wished and lookups have not answered yet belongs to what can be flushed
    while (this.outbox.open().some(({ attributes }) => attributes === undefined) && clock.now() < end)
      await this.#deadlines.pause(drainStep);
    await this.writer.drain(config.write.enabled ? Math.max(0, end - clock.now()) : 0);
    this.#stop.abort();
    // what is applied and not yet confirmed was written; the next start looks for its proof
    const left = this.outbox.open().filter(({ state }) => state !== 'applied').length;
    await this.fleet?.leave();
    this.notifications.stop();
    this.#catchUp.stop();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    await this.#server?.close();
    this.#agents.destroy();
    this.registry.close();
    this.lag.stop();
    this.rates.stop();
    this.#deadlines.clear();
    return left;
  }
}
