import { systemClock, type Clock } from '../../src/base/clock.js';

/**
 * The machine's time, running `speed` times as fast: a minute of waiting passes in `60 / speed` seconds, while sockets and
 * the processor stay as they are. So what they take looks `speed` times as long on this clock, and what does not go by an
 * injected clock (`genesys.requestTimeout`, the 10 s of a WebSocket's handshake) lasts `speed` times as long.
 */
export function fastClock(speed: number): Clock {
  const wallAtStart = systemClock.wall();
  const start = systemClock.now();
  const now = (): number => (systemClock.now() - start) * speed;
  return { now, wall: () => wallAtStart + now(), after: (delay, run) => systemClock.after(delay / speed, run) };
}
