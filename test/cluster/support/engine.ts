import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { LeaseEntry } from '../../../src/cluster/coordinator.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/free-port.js';

/** The bucket of leases of a fleet of the default name. */
const bucket = 'attributed-leases';

/** Characters of a server's log that are shown if it ends by itself. */
const mostSaid = 6_000;

/** The engine of a fleet: one nats-server with JetStream, or a cluster of them. */
export interface Engine {
  /** The first server, as a proxy takes it. */
  url: string;
  servers: readonly string[];
  /** Processes of the servers that run. */
  pids: () => number[];
  /** Kills a server. */
  kill: (index: number) => Promise<void>;
  /** Starts those again that were killed, on their own stores and ports. */
  restart: () => Promise<void>;
  /** The server that leads the bucket of leases: without it nobody's lease can be renewed until another one leads. */
  leader: () => Promise<number>;
  /** Tells each change of a lease, and when the engine stored it (wall clock, ms). */
  watchLeases: (onEntry: (entry: LeaseEntry, at: number) => void) => Promise<() => Promise<void>>;
}

interface Server {
  port: number;
  args: readonly string[];
  child: ChildProcess | undefined;
}

/** Runs a test with so many real nats-servers, and ends them and what they stored. */
export async function withEngine<T>(count: number, test: (engine: Engine) => Promise<T>): Promise<T> {
  const store = await mkdtemp(join(tmpdir(), 'attributed-nats-'));
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const routes = await Promise.all(Array.from({ length: count }, freePort));
  const servers = ports.map((port, index): Server => {
    const own = ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', join(store, String(index))];
    const route = (at: number | undefined): string => `nats://127.0.0.1:${at ?? 0}`;
    const clustered = [
      '-n',
      `n${index}`,
      '--cluster_name',
      'proof',
      '--cluster',
      route(routes[index]),
      '--routes',
      routes.map(route).join(','),
    ];
    return { port, args: count === 1 ? own : [...own, ...clustered], child: undefined };
  });
  const urls = ports.map((port) => `nats://127.0.0.1:${port}`);
  const at = (index: number): Server => {
    const server = servers[index];
    if (server === undefined) throw new Error(`there is no server ${index}`);
    return server;
  };
  try {
    await Promise.all(servers.map(start));
    // a cluster takes a while to choose its leader
    await eventually('JetStream answers', () => hasJetStream(urls), { within: 30_000, every: 100 });
    return await test({
      url: `http://127.0.0.1:${ports[0] ?? 0}`,
      servers: urls,
      pids: () => servers.flatMap(({ child }) => child?.pid ?? []),
      kill: (index) => end(at(index)),
      restart: async () => {
        for (const server of servers) if (server.child?.signalCode === 'SIGKILL') await start(server);
      },
      leader: () => leaderOf(urls),
      watchLeases: (onEntry) => watch(urls, onEntry),
    });
  } finally {
    await Promise.all(servers.map(end));
    await rm(store, { recursive: true, force: true });
  }
}

async function start(server: Server): Promise<void> {
  const child = spawn('nats-server', server.args, { stdio: ['ignore', 'ignore', 'pipe'] });
  server.child = child;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-mostSaid);
  });
  child.once('exit', (code, signal) => {
    // it is killed by SIGKILL here, and by nothing else
    if (signal !== 'SIGKILL') process.stderr.write(`nats-server ended by itself (${String(code ?? signal)}):\n${said}\n`);
  });
  await once(child, 'spawn');
  await eventually('nats-server listens', () => listens(server.port), { every: 20 });
}

async function end({ child }: Server): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function hasJetStream(servers: readonly string[]): Promise<boolean> {
  const connection = await connect({ servers: [...servers], timeout: 1_000 });
  try {
    await new Kvm(connection).create('proof', { replicas: servers.length });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function watch(servers: readonly string[], onEntry: (entry: LeaseEntry, at: number) => void): Promise<() => Promise<void>> {
  const connection = await connect({ servers: [...servers], maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  const ended = new AbortController();
  const watched = follow(new Kvm(connection), ended.signal, onEntry);
  return async () => {
    ended.abort();
    await connection.close();
    await watched;
  };
}

/** Follows the bucket, which there is not before the first instance has come, until it is ended. */
async function follow(kv: Kvm, ended: AbortSignal, onEntry: (entry: LeaseEntry, at: number) => void): Promise<void> {
  while (!ended.aborted) {
    try {
      const entries = await (await kv.open(bucket)).watch();
      const stop = (): void => {
        entries.stop();
      };
      ended.addEventListener('abort', stop, { once: true });
      for await (const { key, value, operation, revision, created } of entries)
        onEntry({ key, value: operation === 'PUT' ? new TextDecoder().decode(value) : undefined, revision }, created.getTime());
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function leaderOf(servers: readonly string[]): Promise<number> {
  const connection = await connect({ servers: [...servers] });
  try {
    const { cluster } = await (await jetstreamManager(connection)).streams.info(`KV_${bucket}`);
    return Number(/\d+$/.exec(cluster?.leader ?? '')?.[0] ?? 0);
  } finally {
    await connection.close();
  }
}
