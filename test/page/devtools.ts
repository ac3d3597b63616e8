import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import WebSocket from 'ws';
import { z } from 'zod';

/** Names under which distributions install it. */
const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** How long it may take to start or to answer, in ms, on two busy cores. */
const patience = 60_000;

const message = z.object({
  id: z.number().optional(),
  sessionId: z.string().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Message = z.infer<typeof message>;

/** Where Chromium is; undefined if there is none. */
export function chromium(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => programs.map((name) => join(folder, name)));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A headless Chromium, spoken to over the DevTools protocol. Whoever opens it closes it. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, (answer: Message) => void>();
  readonly #told = new EventEmitter();
  #asked = 0;

  /** Every host name under `.example` leads to this machine, as a name that was rebound does. */
  static async open(program: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'attributed-chromium-'));
    const child = spawn(
      program,
      [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--no-proxy-server',
        '--disable-background-networking',
        '--host-resolver-rules=MAP *.example 127.0.0.1',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    const url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`chromium did not start: ${said}`));
      }, patience);
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`chromium ended: ${said}`));
      });
    });
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Browser(child, socket, profile);
  }

  private constructor(child: ChildProcess, socket: WebSocket, profile: string) {
    this.#child = child;
    this.#socket = socket;
    this.#profile = profile;
    this.#told.setMaxListeners(0);
    socket.on('message', (data: Buffer) => {
      const told = message.parse(JSON.parse(data.toString()));
      if (told.id === undefined) this.#told.emit(told.sessionId ?? '', told);
      else this.#waiting.get(told.id)?.(told);
    });
  }

  /** Rejects if the protocol says no. */
  async send(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Record<string, unknown>> {
    this.#asked += 1;
    const id = this.#asked;
    const answered = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result = {}, error } = await answered;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Hands each event of a session over. */
  listen(sessionId: string, told: (method: string, params: Record<string, unknown>) => void): void {
    this.#told.on(sessionId, ({ method = '', params = {} }: Message) => {
      told(method, params);
    });
  }

  async close(): Promise<void> {
    const over = once(this.#child, 'exit');
    await this.send('Browser.close').catch(() => this.#child.kill('SIGKILL'));
    await over;
    this.#socket.terminate();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
