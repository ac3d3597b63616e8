/** What is needed of an event emitter. */
type Emitter = Pick<NodeJS.EventEmitter, 'eventNames' | 'listenerCount'>;

/** What a process holds at one moment. */
export interface Resources {
  /** Bytes of the heap in use, after garbage collection. */
  heap: number;
  /** Sockets, servers, files and the like that keep the loop alive. */
  handles: number;
  timers: number;
  /** Listeners of the process and of all that is a handle. */
  listeners: number;
}

/** Counts them. Needs `--expose-gc`. */
export async function takeStock(): Promise<Resources> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('node must run with --expose-gc');
  // what a collection finalises may free more in the next
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    gc();
  }
  const active = process.getActiveResourcesInfo();
  const timers = active.filter((name) => name === 'Timeout' || name === 'Immediate').length;
  return {
    heap: process.memoryUsage().heapUsed,
    handles: active.length - timers,
    timers,
    listeners: [process, ...handles()].reduce((sum, emitter) => sum + listenersOf(emitter), 0),
  };
}

/** What Node calls active handles, as far as it emits events; undocumented, and the only way to them. */
function handles(): Emitter[] {
  const active: unknown = Reflect.get(process, '_getActiveHandles');
  const list: unknown = typeof active === 'function' ? Reflect.apply(active, process, []) : undefined;
  if (!Array.isArray(list)) throw new Error('this version of Node does not tell its active handles');
  return list.filter(isEmitter);
}

function isEmitter(handle: unknown): handle is Emitter {
  return typeof handle === 'object' && handle !== null && 'eventNames' in handle && 'listenerCount' in handle;
}

function listenersOf(emitter: Emitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}
