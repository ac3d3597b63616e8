import { spend, type Budget, type Grant } from './budget.js';
import { judge, lossOf, Refused } from './errors.js';
import type { Answer } from './answer.js';
import type { Composed, HttpRequest, Method } from './http.js';
import { platformClaim, type Claim } from './scheduler.js';
import type { TokenSource } from './token.js';

export interface RestRequest {
  method: Method;
  /** Path below the API host, beginning with `/api/v2/`. */
  path: string;
  /** Composed when the request goes to the wire; see `HttpRequest.compose`. */
  compose?: () => Composed | undefined;
  /** Leave that was taken earlier; without it the call waits for the budget. While a 429 holds all, it is `Withdrawn`. */
  grant?: Grant | undefined;
  /** What it says for itself while it waits for the budget. */
  claim?: () => Claim;
  /** Milliseconds for one exchange; as configured if not given. */
  timeout?: number | undefined;
  /** Token and channel calls go first and may use the reserve: in place of a claim. */
  urgent?: boolean;
}

export interface RestSettings {
  apiUrl: string;
  /** Milliseconds for one exchange. */
  timeout: number;
}

export interface RestDeps extends RestSettings {
  budget: Budget;
  token: TokenSource;
  exchange: (request: HttpRequest) => Promise<Answer>;
}

/** The platform's REST API under one token and one budget. */
export class RestClient {
  readonly #deps: RestDeps;

  constructor(deps: RestDeps) {
    this.#deps = { ...deps };
  }

  /** Counts from the next call on; one that waits for the budget has its token, and goes to the host of that. */
  configure(settings: RestSettings): void {
    Object.assign(this.#deps, settings);
  }

  /** Leave for several calls that belong together, such as a read and the write that follows at once. */
  reserve(calls: number, claim?: () => Claim): Promise<Grant[]> {
    return this.#deps.budget.grant(calls, claim);
  }

  /** A claim of those that wait has risen. */
  reconsider(): void {
    this.#deps.budget.reconsider();
  }

  /** Whether calls are scarce: 1 and more is enough, 0 is none; see `Budget.pace`. */
  get pace(): number {
    return this.#deps.budget.pace;
  }

  /** Whether all calls wait because of a 429. */
  get held(): boolean {
    return this.#deps.budget.held;
  }

  /**
   * Makes a call; a 401 renews the token and tries once more. Returns any answer, whatever its status.
   * Throws `NoAnswer`, `Withdrawn`, or what getting a token throws.
   */
  async call(request: RestRequest): Promise<Answer> {
    const answer = await this.#once(request);
    return answer.status === 401 ? this.#once({ ...request, grant: undefined }) : answer;
  }

  /** Like `call`, but throws `Refused` for an answer that is no success. */
  async expect(request: RestRequest): Promise<Answer> {
    const answer = await this.call(request);
    if (judge(answer) !== 'done') throw new Refused(`${request.method} ${request.path}`, answer);
    return answer;
  }

  async #once(request: RestRequest): Promise<Answer> {
    const { budget, token, exchange, apiUrl } = this.#deps;
    const { method, path, compose, grant, urgent = false, claim = urgent ? platformClaim : undefined } = request;
    const timeout = request.timeout ?? this.#deps.timeout;
    // both without a pause where they are at hand: a write must follow its read in the same turn (design.md §6)
    const bearer = token.current ?? (await token.get());
    for (;;) {
      const leave = grant ?? (await budget.grant(1, claim))[0];
      const wire = { held: false };
      // a 429 holds everything, also what was granted before it and waits for its connection
      const late = (): Composed | undefined => {
        wire.held = budget.held;
        return wire.held ? undefined : (compose ?? nothing)();
      };
      try {
        return await spend(leave, async () => {
          const headers = { authorization: `Bearer ${bearer}` };
          const answer = await exchange({ method, url: `${apiUrl}${path}`, timeout, headers, compose: late });
          budget.learn(answer.status, answer.headers);
          if (answer.status === 401) token.refused(bearer);
          return answer;
        });
      } catch (error) {
        // with leave taken earlier it belongs to something that must be thought over when the hold ends
        if (!(wire.held && grant === undefined && lossOf(error) === 'withdrawn')) throw error;
      }
    }
  }
}

const nothing = (): Composed => ({});

/** A JSON body and its content type, to be composed into a request. */
export function jsonBody(value: unknown): Composed {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
