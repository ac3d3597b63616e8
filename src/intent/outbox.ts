import { AttributedError } from '../base/errors.js';
import type { Intent, IntentRequest, IntentState } from './intent.js';

/** What may change in an accepted intent. */
export type IntentChange = Partial<Pick<Intent, 'attributes' | 'attempts' | 'reason' | 'writtenTo'>> & {
  state?: IntentState;
  /** Nothing more will be done for it although its state says that something could. */
  finished?: true;
};

/** Where intents are kept from their acceptance on. */
export interface Outbox {
  /** Why it takes no intents now; undefined if it does. */
  readonly trouble: string | undefined;
  /** Whether what it took survives the process. */
  readonly durable: boolean;
  /**
   * Resolves once the intent is kept as well as this outbox can; with undefined if its firing, or its id, was accepted before.
   * Rejects with `OutboxFull`: nothing was accepted.
   */
  accept(request: IntentRequest): Promise<Intent | undefined>;
  /** Records how far an intent has come; unknown ids and finished intents are left alone. */
  update(id: string, change: IntentChange): void;
  /** What an intent wrote was overwritten: it waits again, also if it was finished, and even if it was forgotten. */
  reopen(intent: Intent, change: Pick<Intent, 'reason' | 'reasserted'>): void;
  get(id: string): Intent | undefined;
  /** All intents of a conversation that are kept, in order of acceptance. */
  of(conversationId: string): Intent[];
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
