import type { Clock } from '../base/clock.js';
import type { Config } from '../config/schema.js';
import type { Registry } from '../conversation/registry.js';
import type { Breaker } from '../genesys/breaker.js';
import type { Budget } from '../genesys/budget.js';
import type { FleetFigures } from '../cluster/fleet.js';
import type { NotificationSource } from '../genesys/notifications.js';
import type { TokenSource } from '../genesys/token.js';
import type { KeptOutbox } from '../intent/kept-outbox.js';
import type { TimedStore } from '../intent/store/timed-store.js';
import type { LoopLag } from '../observe/health.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Rates } from '../observe/rate.js';
import type { Outcomes } from '../write/outcome.js';
import type { Writer } from '../write/writer.js';

/** The parts of a daemon that its figures are read from. */
export interface Parts {
  readonly registry: Registry;
  readonly writer: Writer;
  readonly outcomes: Outcomes;
  readonly outbox: KeptOutbox;
  /** What the outbox keeps its intents in. */
  readonly store: Pick<TimedStore, 'waitedMs'>;
  readonly budget: Budget;
  readonly breaker: Breaker;
  readonly notifications: NotificationSource;
  /** This instance as one of a fleet; undefined for a lone daemon. */
  readonly fleet: { readonly fleet: { readonly figures: FleetFigures; readonly trouble: string | undefined } } | undefined;
  readonly token: Pick<TokenSource, 'refusedLast'>;
  readonly lag: LoopLag;
  readonly log: Pick<Log, 'dropped'>;
  readonly metrics: Pick<Metrics, 'recently'>;
  readonly rates: Rates<'events' | 'writes' | 'conflicts' | 'failed'>;
  readonly version: string;
  /** When it started (clock's ms). */
  readonly started: number;
  readonly clock: Clock;
  /** As it is now: a reload replaces it. */
  readonly config: Config;
  /** Whether it stops. */
  readonly stopping: boolean;
}
