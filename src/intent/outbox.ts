import { AttributedError } from '../base/errors.js';
import type { Intent, IntentRequest, IntentState } from './intent.js';

/** What may change in an accepted intent. */
export type IntentChange = Partial<Pick<Intent, 'attributes' | 'attempts' | 'reason'>> & { state?: IntentState };

/** Where intents are kept from their acceptance on. */
export interface Outbox {
  /** Why it takes no intents now; undefined if it does. */
  readonly trouble: string | undefined;
  /** Whether what it took survives the process. */
  readonly durable: boolean;
  /**
   * Resolves once the intent is kept as well as this outbox can; with undefined if its firing was accepted before.
   * Rejects with `OutboxFull`: nothing was accepted.
   */
  accept(request: IntentRequest): Promise<Intent | undefined>;
  /** Records how far an intent has come; unknown ids and finished intents are left alone. */
  update(id: string, change: IntentChange): void;
  get(id: string): Intent | undefined;
  /** Intents that are not finished, in order of acceptance. */
  open(): Intent[];
  /** Resolves when the intent has reached one of `states` or is finished, or after `ms`; with its state by then. */
  reached(id: string, states: readonly IntentState[], ms: number): Promise<Intent | undefined>;
}

/** The outbox takes no more for now. */
export class OutboxFull extends AttributedError {
  readonly code = 'outbox.full';
  readonly retry = 'after';

  constructor(trouble = 'the outbox is full', options?: ErrorOptions) {
    super(`${trouble}: nothing was accepted, try again later`, options);
  }
}
