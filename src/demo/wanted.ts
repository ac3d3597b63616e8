import type { Call } from '../simulator/calls/call.js';
import type { Step } from '../simulator/calls/script.js';
import type { Customer } from '../simulator/crm.js';

/** One update that the business wants on a call, from the moment at which its cause happened. */
export interface Wanted {
  conversationId: string;
  attributes: Readonly<Record<string, string>>;
  /** Clock's ms. */
  at: number;
}

/** What the demo's rules should bring about, derived from what happens in the org and from nothing that a client says. */
export class WantedUpdates {
  readonly all: Wanted[] = [];
  readonly #customers: ReadonlyMap<string, Customer>;
  readonly #now: () => number;
  readonly #last = new Map<string, Record<string, string>>();

  constructor(customers: readonly Customer[], now: () => number) {
    this.#customers = new Map(customers.map((customer) => [customer.phone, customer]));
    this.#now = now;
  }

  /** What the customer participant of a call should carry by now. */
  of(conversationId: string): Readonly<Record<string, string>> {
    return this.#last.get(conversationId) ?? {};
  }

  onAction(call: Call, { action }: Step): void {
    const participants = call.conversation?.participants ?? [];
    if (action.do === 'enter-queue') {
      const customer = this.#customers.get(call.ani);
      if (customer !== undefined && !this.#last.has(call.id)) {
        this.#want(call.id, { crmCustomerId: customer.id, priorityLevel: customer.tier === 'gold' ? 'HIGH' : 'NORMAL' });
      }
      this.#want(call.id, { lastQueue: action.queueId });
    }
    const agent = action.do === 'connect' ? participants.findLast(({ purpose }) => purpose === 'agent')?.userId : undefined;
    if (agent !== undefined) this.#want(call.id, { lastAgent: agent });
  }

  #want(conversationId: string, attributes: Record<string, string>): void {
    const last = this.#last.get(conversationId) ?? {};
    if (Object.entries(attributes).every(([key, value]) => last[key] === value)) return;
    this.#last.set(conversationId, { ...last, ...attributes });
    this.all.push({ conversationId, attributes, at: this.#now() });
  }
}
