import type { Deadlines } from '../../base/deadlines.js';
import type { LeaseEntry, Stop } from '../coordinator.js';
import { follow, newestOf } from './follow.js';
import type { NatsLink } from './link.js';

/** Tells all entries of a KV bucket, then each change, and all again after a loss. Resolves when all that were there have been told. */
export function watchBucket(
  { link, deadlines, bucket }: { link: NatsLink; deadlines: Deadlines; bucket: string },
  onEntry: (entry: LeaseEntry) => void,
): Promise<Stop> {
  const subjects = `$KV.${bucket}.`;
  return new Promise((resolve, reject) => {
    let stop: Stop | undefined;
    let present = false;
    const tell = (): void => {
      if (present && stop !== undefined) resolve(stop);
    };
    follow({
      link,
      deadlines,
      make: () => newestOf(link, `KV_${bucket}`, `${subjects}>`),
      onMessage: (message) => {
        const gone = message.headers?.has('KV-Operation') === true;
        onEntry({ key: message.subject.slice(subjects.length), value: gone ? undefined : message.string(), revision: message.seq });
      },
      onPresent: () => {
        present = true;
        tell();
      },
    }).then((begun) => {
      stop = begun;
      tell();
    }, reject);
  });
}
