import type { Answer } from '../../../src/genesys/answer.js';
import type { HttpRequest } from '../../../src/genesys/http.js';

interface Waiting {
  url: string;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** An answer of a status, with a body. */
export function answer(status: number, body?: unknown): Answer {
  return { status, headers: {}, body, code: undefined, correlationId: undefined };
}

/** The other end of a lookup: what it has no answer for waits until the test gives one. */
export class FakeCrm {
  readonly requests: HttpRequest[] = [];
  readonly #always = new Map<string, Answer>();
  #waiting: Waiting[] = [];

  readonly exchange = (request: HttpRequest): Promise<Answer> => {
    this.requests.push(request);
    const { url } = request;
    const known = this.#always.get(url);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ url, resolve, reject });
    });
  };

  /** What was asked, oldest first. */
  get asked(): string[] {
    return this.requests.map(({ url }) => url);
  }

  /** Requests that have no answer yet. */
  get waiting(): string[] {
    return this.#waiting.map(({ url }) => url);
  }

  /** From now on a URL is answered at once; without an answer it waits again. */
  always(url: string, given: Answer | undefined): void {
    if (given === undefined) this.#always.delete(url);
    else this.#always.set(url, given);
  }

  /** Answers all that waits at a URL. */
  answer(url: string, given: Answer): void {
    for (const { resolve } of this.#take(url)) resolve(given);
  }

  /** Nothing comes for what waits at a URL. */
  fail(url: string, error: Error): void {
    for (const { reject } of this.#take(url)) reject(error);
  }

  #take(url: string): Waiting[] {
    const taken = this.#waiting.filter((each) => each.url === url);
    if (taken.length === 0) throw new Error(`nothing waits at ${url}`);
    this.#waiting = this.#waiting.filter((each) => each.url !== url);
    return taken;
  }
}
