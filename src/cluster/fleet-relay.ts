import type { IntentRequest, Intent } from '../intent/intent.js';
import type { Relay } from '../intent/local-api/relay.js';
import type { Asks, Stop } from './coordinator.js';
import type { Fleet } from './fleet.js';

/** The other instances of a fleet, for the local API. */
export class FleetRelay implements Relay {
  readonly #fleet: Fleet;
  readonly #asks: Asks;
  #stop: Promise<Stop> | undefined;

  constructor(fleet: Fleet, asks: Asks) {
    this.#fleet = fleet;
    this.#asks = asks;
  }

  ownerOf(conversationId: string): string | undefined {
    const owner = this.#fleet.ownerOf(conversationId);
    return owner === this.#fleet.instance ? 'here' : owner;
  }

  get others(): string[] {
    return this.#fleet.members
      .all()
      .map(({ instance }) => instance)
      .filter((instance) => instance !== this.#fleet.instance);
  }

  ask(instance: string, question: string, ms: number): Promise<string> {
    return this.#asks.ask(instance, question, ms);
  }

  answer(handler: (question: string) => Promise<string>): void {
    this.#stop = this.#asks.answer(this.#fleet.instance, handler);
    // an engine that is away is told of elsewhere; what is asked meanwhile has no answer
    this.#stop.catch(() => undefined);
  }

  now(): number {
    return this.#fleet.wall();
  }

  accept(request: IntentRequest): Promise<Intent> {
    return this.#fleet.accept(request);
  }

  async stop(): Promise<void> {
    await this.#stop?.then((stop) => stop()).catch(() => undefined);
  }
}
