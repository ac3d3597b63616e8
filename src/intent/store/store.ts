import { AttributedError, type Retry } from '../../base/errors.js';
import type { Intent } from '../intent.js';

/** Where the outbox keeps its intents: a small port, with one conformance suite for all adapters. */
export interface IntentStore {
  /** Whether what it keeps survives the process and a loss of power. */
  readonly durable: boolean;
  /**
   * Keeps a new intent, or one that is accepted anew; resolves once it is kept, with its place in the order of acceptance: its
   * own `sequence`, unless the store counts over more than this process. Rejects with `StoreFailed`.
   */
  add(intent: Intent): Promise<number>;
  /** Resolves once the intent is kept, in place of what was kept under its id. Rejects with `StoreFailed`. */
  put(intent: Intent): Promise<void>;
  /** Resolves once nothing is kept under the id any more. Rejects with `StoreFailed`. */
  delete(id: string): Promise<void>;
  /** All that is kept, in order of acceptance. */
  all(): Intent[];
  /** Resolves when it is closed: another process may open it. */
  close(): Promise<void>;
}

/** The store did not keep what it was given: the disk is full, or gone. */
export class StoreFailed extends AttributedError {
  readonly code = 'outbox.failed';
  readonly retry: Retry = 'after';
}

/** Another daemon holds the store; exit code 75. */
export class StoreHeld extends AttributedError {
  readonly code = 'outbox.held';
  readonly retry = 'never';

  constructor(dir: string) {
    super(`another daemon holds the outbox ${dir}: stop it, or give this one an outbox.dir of its own`);
  }
}

/** The store is of a version that this program does not know; exit code 78. */
export class StoreTooNew extends AttributedError {
  readonly code = 'outbox.version';
  readonly retry = 'never';

  constructor(dir: string, found: unknown, known: number) {
    super(
      `the outbox ${dir} has format ${JSON.stringify(found)}, this version knows ${known}: run the newer version of attributed, or give this one another outbox.dir`,
    );
  }
}

/** The store cannot be opened: no rights, no such place, or what is there is no outbox. */
export class StoreUnusable extends AttributedError {
  readonly code = 'outbox.unusable';
  readonly retry = 'never';
}
