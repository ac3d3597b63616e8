import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds the program once, so that tests run it as it is shipped; its types are checked by `npm run types`. */
export function mochaGlobalSetup(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck'], { cwd: root });
  const page = 'intent/local-api/page';
  cpSync(join(root, 'src', page), join(root, 'dist', page), { recursive: true });
}

// One of mocha's workers (a child with a channel to it) has a second to end before it is sent this signal. On a busy machine it is
// then still writing what it covered, and that would be lost.
if (process.send !== undefined) process.on('SIGTERM', () => undefined);

/** What keeps a process alive: a test that leaves one of these behind leaks it. */
const watched = new Set(['Timeout', 'TCPSocketWrap', 'TCPServerWrap', 'PipeServerWrap', 'PipeConnectWrap', 'FSEventWrap', 'ProcessWrap']);

/** Turns of the event loop that closing may take. */
const patience = 2_000;

/** Once this hook has returned its promise, mocha's timer for it counts too. */
const ownTimer = 1;

let before: string[] = [];

export const mochaHooks = {
  beforeEach(): void {
    before = resources();
  },
  /** Every timer, listener and socket is gone again. */
  async afterEach(): Promise<void> {
    for (let turn = 0; resources().length > before.length + (turn === 0 ? 0 : ownTimer); turn += 1) {
      if (turn >= patience) throw new Error(`left behind by this test: ${resources().join(', ')} (before: ${before.join(', ')})`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
};

function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => watched.has(name));
}
