import { unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { answers } from '../../base/answers.js';
import { StoreHeld } from './store.js';

/** Name of the socket in the outbox's directory. */
const name = 'lock.sock';

/**
 * Holds a directory for this process by a bound socket, which dies with the process, however it ends: one that nobody
 * answers is stale and removed. Resolves with a function that lets go. Rejects with `StoreHeld`, or what the file system says.
 */
export async function lock(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, name);
  let server = await bind(path);
  if (server === undefined) {
    if (await answers(path)) throw new StoreHeld(dir);
    await unlink(path).catch(() => undefined);
    server = await bind(path);
  }
  if (server === undefined) throw new StoreHeld(dir);
  const held = server;
  return () =>
    new Promise((resolve) => {
      held.close(() => {
        resolve();
      });
    });
}

/** The server that is bound to the path; undefined if somebody else is, or was. */
function bind(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      // it must not keep the process alive
      server.unref();
      resolve(server);
    });
  });
}
