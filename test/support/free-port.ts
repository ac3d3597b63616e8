import { randomInt } from 'node:crypto';
import net from 'node:net';

/** Below the ports that connections are given on their way out, which would take one before it is listened on (ip_local_port_range). */
const [lowest, highest] = [15_000, 32_000];

/** A port that was free a moment ago: for what must know another's beforehand, or come back to the same. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  const free = await new Promise<boolean>((resolve) => {
    server
      .once('error', () => {
        resolve(false);
      })
      .listen(port, '127.0.0.1', () => {
        resolve(true);
      });
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
