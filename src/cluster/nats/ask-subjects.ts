import type { Subscription } from '@nats-io/transport-node';
import type { Asks, Stop } from '../coordinator.js';
import { failure, token, type NatsLink } from './link.js';

/** Questions by request and reply, words by publish. */
export class AskSubjects implements Asks {
  readonly #link: NatsLink;
  readonly #prefix: string;

  constructor(link: NatsLink, prefix: string) {
    this.#link = link;
    this.#prefix = prefix;
  }

  async answer(name: string, handler: (question: string) => Promise<string>): Promise<Stop> {
    const subscription = this.#link.nc.subscribe(this.#askSubject(name), {
      callback: (error, message) => {
        if (error === null)
          handler(message.string()).then(
            (answer) => message.respond(answer),
            () => undefined,
          );
      },
    });
    return this.#begun(subscription);
  }

  async ask(name: string, question: string, ms: number): Promise<string> {
    try {
      const answer = await this.#link.nc.request(this.#askSubject(name), question, { timeout: ms });
      return answer.string();
    } catch (error) {
      throw failure(`the instance ${name} gave no answer`, error);
    }
  }

  tell(text: string): void {
    try {
      this.#link.nc.publish(`${this.#prefix}.told`, text);
    } catch {
      // a closed connection: nobody hears it
    }
  }

  async listen(onText: (text: string) => void): Promise<Stop> {
    const subscription = this.#link.nc.subscribe(`${this.#prefix}.told`, {
      callback: (error, message) => {
        if (error === null) onText(message.string());
      },
    });
    return this.#begun(subscription);
  }

  /** Resolves when the server knows of it: what is asked from then on comes here. */
  async #begun(subscription: Subscription): Promise<Stop> {
    await this.#link.nc.flush().catch((error: unknown) => {
      throw failure('NATS cannot be reached', error);
    });
    return () => {
      subscription.unsubscribe();
      return Promise.resolve();
    };
  }

  #askSubject(name: string): string {
    return `${this.#prefix}.ask.${token(name)}`;
  }
}
