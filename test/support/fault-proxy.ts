import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '../../src/base/clock.js';
import type { Random } from '../../src/simulator/random.js';
import { FaultLane, type LaneFault } from './fault-lane.js';

/** Which way bytes go: from the client to the server, or back. */
export type Direction = 'up' | 'down';

interface Connection {
  client: Socket;
  /** Undefined where the server never hears of it. */
  upstream: Socket | undefined;
  lanes: { direction: Direction; lane: FaultLane }[];
}

export interface FaultProxyDeps {
  /** The server's URL. */
  target: string;
  /** What rates and delays go by. */
  clock: Clock;
  /** Picks the bytes that are flipped. */
  random: Random;
}

/**
 * A TCP proxy before a server that plays a bad network: its faults can be switched while connections stand. Whoever opens
 * it closes it, and nothing is left of it then.
 */
export class FaultProxy {
  /** When each connection was accepted (clock's ms). */
  readonly accepted: number[] = [];
  readonly #deps: FaultProxyDeps;
  readonly #connections = new Set<Connection>();
  readonly #faults: Record<Direction, LaneFault | undefined> = { up: undefined, down: undefined };
  #server: Server | undefined;
  #port = 0;

  constructor(deps: FaultProxyDeps) {
    this.#deps = deps;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that stand, those that only one side believes in among them. */
  get live(): number {
    return this.#connections.size;
  }

  /** Listens; always on the port that the system chose for it at first. */
  async open(): Promise<void> {
    // each side's end is passed on by itself, and only when the bytes before it are through
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client);
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Puts a fault on what comes from now on (and on what is held), or ends the one that is there. */
  set(fault: LaneFault | undefined, direction: Direction | 'both' = 'both'): void {
    for (const each of ['up', 'down'] as const) if (direction === 'both' || direction === each) this.#faults[each] = fault;
    for (const { lanes } of this.#connections)
      for (const { direction: each, lane } of lanes) if (direction === 'both' || direction === each) lane.set(fault);
  }

  /** Ends all connections that stand: by RST, or by FIN. What was under way is lost. */
  cut(how: 'reset' | 'end'): void {
    for (const connection of [...this.#connections]) {
      for (const { lane } of connection.lanes) lane.kill();
      for (const socket of [connection.client, connection.upstream])
        if (how === 'reset') socket?.resetAndDestroy();
        else socket?.end();
    }
  }

  /** The server is not there: what stood is reset, what comes is refused. */
  async away(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => {
      if (server === undefined) resolve();
      else
        server.close(() => {
          resolve();
        });
    });
    this.cut('reset');
    await closed;
  }

  /** The server is there again. */
  back(): Promise<void> {
    return this.open();
  }

  async close(): Promise<void> {
    await this.away();
  }

  #accept(client: Socket): void {
    this.accepted.push(this.#deps.clock.now());
    const dead = this.#faults.up?.kind === 'half-open';
    const upstream = dead
      ? undefined
      : net.connect({ port: Number(new URL(this.#deps.target).port), host: '127.0.0.1', allowHalfOpen: true });
    upstream?.setNoDelay();
    const connection: Connection = { client, upstream, lanes: [] };
    this.#connections.add(connection);
    this.#lane(connection, 'up', client, upstream);
    if (upstream !== undefined) this.#lane(connection, 'down', upstream, client);
  }

  #lane(connection: Connection, direction: Direction, from: Socket, to: Socket | undefined): void {
    const lane = new FaultLane({ ...this.#deps, from, to });
    connection.lanes.push({ direction, lane });
    lane.set(this.#faults[direction]);
    from.on('error', () => undefined);
    from.on('close', (failed) => {
      const { client, upstream, lanes } = connection;
      lane.stop();
      // a dead connection's other side never hears of it
      if (failed && !lanes.some((each) => each.lane.dead)) to?.resetAndDestroy();
      if (client.destroyed && upstream?.destroyed !== false) this.#connections.delete(connection);
    });
  }
}
