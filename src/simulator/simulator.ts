import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import type { Call } from './calls/call.js';
import { CallEngine } from './calls/engine.js';
import type { Step } from './calls/script.js';
import { createCrm, makeCustomers, type CrmFaults, type Customer } from './crm.js';
import { analyticsRoutes } from './platform/analytics-routes.js';
import { createApi } from './platform/api.js';
import { channelRoutes } from './platform/channel-routes.js';
import { Channels } from './platform/channels.js';
import { conversationRoutes } from './platform/conversation-routes.js';
import { directoryRoutes } from './platform/directory-routes.js';
import { Directory } from './platform/directory.js';
import type { Faults } from './platform/faults.js';
import { Ledger } from './platform/ledger.js';
import { ledgerRoute } from './platform/ledger-route.js';
import { OAuth, type SimClient } from './platform/oauth.js';
import { Sockets } from './platform/sockets.js';
import { targetRoutes } from './platform/target-routes.js';
import { World } from './platform/world.js';
import { Random } from './random.js';
import type { Scenario } from './scenario.js';

export interface SimulatorOptions {
  scenario: Scenario;
  seed: number;
  clock: Clock;
  /** Called right after each action of a call. */
  onAction?: (call: Call, step: Step) => void;
}

/** The first OAuth client of the simulated org; further ones are `simulator-2` and so on, of the same secret. */
export const simulatorClient = { id: 'simulator', secret: 'simulator-secret' } as const;

/** A Genesys Cloud org and a CRM that live in this process, true to genesys-cloud.md, driven by a seed. */
export class Simulator {
  readonly world: World;
  readonly engine: CallEngine;
  readonly ledger: Ledger;
  readonly oauth: OAuth;
  readonly channels: Channels;
  readonly sockets: Sockets;
  /** Switches that may be turned while it runs. */
  readonly faults: Faults;
  readonly crmFaults: CrmFaults;
  readonly customers: readonly Customer[];
  /** Queues and users; they may be added, renamed and removed while it runs. */
  readonly directory: Directory;
  readonly client: SimClient;
  /** All OAuth clients of the org; `client` is the first. */
  readonly clients: readonly SimClient[];
  readonly #deadlines: Deadlines;
  readonly #api: FastifyInstance;
  readonly #crm: FastifyInstance;

  constructor({ scenario, seed, clock, onAction = () => undefined }: SimulatorOptions) {
    // each part draws from a stream of its own, so that what clients do does not change the calls
    const random = new Random(seed);
    const deadlines = (this.#deadlines = new Deadlines(clock));
    this.directory = new Directory(scenario, random.fork(1));
    this.customers = makeCustomers(scenario.customers, random.fork(2));
    this.faults = { ...scenario.faults };
    this.crmFaults = { ...scenario.crm };
    const { permissions = 'all', tokenSeconds } = scenario;
    this.client = { ...simulatorClient, permissions, tokenSeconds };
    const others = Array.from({ length: scenario.clients - 1 }, (_, index) => ({ ...this.client, id: `${this.client.id}-${index + 2}` }));
    this.clients = [this.client, ...others];
    this.world = new World(clock);
    this.ledger = new Ledger(clock);
    this.oauth = new OAuth({ clock, random: random.fork(3), clients: this.clients });
    this.channels = new Channels({ clock, random: random.fork(4), oauth: this.oauth });
    const { directory, world, faults, ledger, oauth, channels } = this;
    this.sockets = new Sockets({ clock, random: random.fork(5), faults, channels, world });
    this.#api = createApi({ clock, deadlines, random: random.fork(6), faults, oauth, ledger, perMinute: scenario.perMinute });
    channelRoutes(this.#api, channels, clock);
    conversationRoutes(this.#api, { world, faults });
    directoryRoutes(this.#api, { directory, faults });
    analyticsRoutes(this.#api, { world, faults });
    targetRoutes(this.#api, scenario.targets, { world, faults, ledger, deadlines, random: random.fork(7) });
    ledgerRoute(this.#api, { world, ledger });
    this.#crm = createCrm(this.customers, this.crmFaults, { deadlines, random: random.fork(8) });
    const { calls } = scenario;
    this.engine = new CallEngine(
      { clock, deadlines, world, random: random.fork(9), callers: this.customers.map(({ phone }) => phone), onAction },
      { ...calls, most: calls.most, queues: this.queues, users: this.users },
    );
  }

  /** Ids of the queues that there are; so also `users`. */
  get queues(): readonly string[] {
    return this.directory.queues.ids;
  }

  get users(): readonly string[] {
    return this.directory.users.ids;
  }

  /** URL of the API and login host. */
  get url(): string {
    return urlOf(this.#api);
  }

  /** URL of the CRM. */
  get crmUrl(): string {
    return urlOf(this.#crm);
  }

  /** Topics under which every call is told. */
  get topics(): string[] {
    return this.queues.map((id) => `v2.routing.queues.${id}.conversations.calls`);
  }

  /** Listens on 127.0.0.1. Ports of 0 are chosen by the system. */
  async listen({ port = 0, crmPort = 0 } = {}): Promise<void> {
    await this.#api.listen({ host: '127.0.0.1', port });
    await this.#crm.listen({ host: '127.0.0.1', port: crmPort });
    this.sockets.attach(this.#api.server);
  }

  async close(): Promise<void> {
    this.engine.stop();
    this.sockets.close();
    await Promise.all([this.#api.close(), this.#crm.close()]);
    this.#deadlines.clear();
  }
}

function urlOf(server: FastifyInstance): string {
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}
