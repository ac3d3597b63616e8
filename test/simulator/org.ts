import type { FastifyInstance } from 'fastify';
import { Deadlines } from '../../src/base/deadlines.js';
import { Call } from '../../src/simulator/calls/call.js';
import { analyticsRoutes } from '../../src/simulator/platform/analytics-routes.js';
import { createApi } from '../../src/simulator/platform/api.js';
import { channelRoutes } from '../../src/simulator/platform/channel-routes.js';
import { Channels } from '../../src/simulator/platform/channels.js';
import { conversationRoutes } from '../../src/simulator/platform/conversation-routes.js';
import { directoryRoutes } from '../../src/simulator/platform/directory-routes.js';
import { Directory } from '../../src/simulator/platform/directory.js';
import { faultsSchema, type Faults } from '../../src/simulator/platform/faults.js';
import { Ledger } from '../../src/simulator/platform/ledger.js';
import { OAuth, type SimClient, type SimToken } from '../../src/simulator/platform/oauth.js';
import { targets, type Target } from '../../src/simulator/platform/target.js';
import { targetRoutes } from '../../src/simulator/platform/target-routes.js';
import { World } from '../../src/simulator/platform/world.js';
import { Random } from '../../src/simulator/random.js';
import { FakeClock } from '../support/fake-clock.js';

/** What the API answered. */
export interface Reply {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  body: unknown;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface OrgOptions {
  permissions?: SimClient['permissions'];
  tokenSeconds?: number;
  perMinute?: number;
  served?: readonly Target[];
  queues?: number;
  users?: number;
}

/** A simulated org without sockets, in a time of its own: requests go straight into its API. */
export class Org {
  readonly clock = new FakeClock();
  readonly faults: Faults = faultsSchema.parse({});
  readonly world = new World(this.clock);
  readonly ledger = new Ledger(this.clock);
  readonly directory: Directory;
  readonly client: SimClient;
  readonly oauth: OAuth;
  readonly channels: Channels;
  readonly api: FastifyInstance;
  readonly token: SimToken;

  constructor({
    permissions = 'all',
    tokenSeconds = 86_400,
    perMinute = 10_000,
    served = targets,
    queues = 3,
    users = 2,
  }: OrgOptions = {}) {
    const { clock, faults, ledger, world } = this;
    const deadlines = new Deadlines(clock);
    this.directory = new Directory({ queues, users }, new Random(5));
    this.client = { id: 'app', secret: 'se:cret', permissions, tokenSeconds };
    this.oauth = new OAuth({ clock, random: new Random(1), clients: [this.client] });
    this.channels = new Channels({ clock, random: new Random(2), oauth: this.oauth });
    const { oauth, channels, directory } = this;
    this.api = createApi({ clock, deadlines, random: new Random(3), faults, oauth, ledger, perMinute });
    channelRoutes(this.api, channels, clock);
    conversationRoutes(this.api, { world, faults });
    directoryRoutes(this.api, { directory, faults });
    analyticsRoutes(this.api, { world, faults });
    targetRoutes(this.api, served, { world, faults, ledger, deadlines, random: new Random(4) });
    this.token = this.login();
  }

  login(): SimToken {
    const granted = this.oauth.grant(basic(this.client.id, this.client.secret), 'client_credentials');
    if (!('token' in granted)) throw new Error('the login was refused');
    return granted.token;
  }

  /** A call in a queue; the test moves it. Another seed gives another call. */
  call(queueId = 'billing', seed = 7): Call {
    const call = new Call(this.world, '+15551000000', new Random(seed));
    call.perform({ do: 'start' });
    call.perform({ do: 'enter-queue', queueId });
    return call;
  }

  async request(method: Method, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const reply = await this.api.inject({
      method,
      url,
      headers: { authorization: `Bearer ${this.token.value}`, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const json: unknown = reply.body === '' ? undefined : JSON.parse(reply.body);
    return { status: reply.statusCode, headers: reply.headers, body: json };
  }
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
