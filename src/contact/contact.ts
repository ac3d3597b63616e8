import type { Clock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import type { Config } from '../config/schema.js';
import { createAgents, type Agents } from '../genesys/agents.js';
import type { Answer } from '../genesys/answer.js';
import { Budget } from '../genesys/budget.js';
import { hostsOf } from '../genesys/hosts.js';
import { exchange, type HttpRequest } from '../genesys/http.js';
import { RestClient } from '../genesys/rest.js';
import { TokenSource } from '../genesys/token.js';
import type { Log } from '../observe/log.js';
import { ClockSkew } from './clock-skew.js';

export interface ContactDeps {
  config: Pick<Config, 'genesys'>;
  clientSecret: () => string;
  clock: Clock;
  log: Log;
  /** The proxy's URL for a URL, or an empty string; from the environment if not given. */
  proxyFor?: (url: string) => string;
}

/** A command's own line to the platform: a token, a budget and connections beside those of a daemon. */
export class Contact {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly token: TokenSource;
  readonly rest: RestClient;
  readonly agents: Agents;
  readonly hosts: { apiUrl: string; loginUrl: string };
  readonly proxyFor: ((url: string) => string) | undefined;
  /** Requests a minute that the platform allows, as its answers tell; undefined if they do not. */
  allowed: number | undefined;
  /** Of the API's host. */
  readonly skew = new ClockSkew();

  constructor({ config: { genesys }, clientSecret, clock, log, proxyFor }: ContactDeps) {
    const { apiUrl, loginUrl } = (this.hosts = hostsOf(genesys));
    const { clientId, requestTimeout: timeout } = genesys;
    this.clock = clock;
    this.proxyFor = proxyFor;
    this.agents = createAgents(proxyFor);
    this.deadlines = new Deadlines(clock);
    const budget = new Budget({ clock, deadlines: this.deadlines, log }, genesys.budget);
    const base = { clock, log, budget, timeout };
    this.token = new TokenSource({ ...base, loginUrl, clientId, clientSecret, exchange: (request) => exchange(this.agents, request) });
    this.rest = new RestClient({ ...base, token: this.token, apiUrl, exchange: (request) => this.#timed(request) });
  }

  /** Gives the token back, with which its channels go too, and closes all connections. Never rejects. */
  async close(): Promise<void> {
    if (this.token.current !== undefined)
      await this.rest.call({ method: 'DELETE', path: '/api/v2/tokens/me', urgent: true }).catch(() => undefined);
    this.agents.destroy();
    this.deadlines.clear();
  }

  async #timed(request: HttpRequest): Promise<Answer> {
    const { clock } = this;
    let sent = clock.wall();
    const answer = await exchange(this.agents, {
      ...request,
      compose: () => {
        sent = clock.wall();
        return request.compose === undefined ? {} : request.compose();
      },
    });
    this.skew.learn({ date: answer.headers['date'], sent, received: clock.wall() });
    const allowed = Number(answer.headers['inin-ratelimit-allowed']);
    if (Number.isSafeInteger(allowed) && allowed > 0) this.allowed = allowed;
    return answer;
  }
}
