import type { Deadlines } from '../../base/deadlines.js';
import type { NatsLink } from './link.js';

/** How often it is looked who leads the streams, in ms. */
const lookEvery = 5_000;

/**
 * Looks which server leads each of some streams: what one has stored and not told when it was lost, nobody tells. Where another one
 * leads, what stands is read again.
 */
export function watchLeaders(link: NatsLink, deadlines: Deadlines, streams: readonly string[]): void {
  const leaders = new Map<string, string>();
  const look = async (): Promise<void> => {
    let changed = false;
    for (const stream of streams) {
      const leader = await link.quick.streams.info(stream).then(
        ({ cluster }) => cluster?.leader,
        // it has none just now, or the connection is away
        () => undefined,
      );
      if (leader === undefined) continue;
      const before = leaders.get(stream);
      leaders.set(stream, leader);
      changed ||= before !== undefined && before !== leader;
    }
    if (link.nc.isClosed()) return;
    if (changed) link.doubted.next();
    deadlines.after(lookEvery, () => void look());
  };
  void look();
}
