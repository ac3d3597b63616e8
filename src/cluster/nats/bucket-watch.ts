import type { Deadlines } from '../../base/deadlines.js';
import type { LeaseEntry } from '../coordinator.js';
import type { NatsLink } from './link.js';
import { followStored, newest, type Followed } from './stored.js';

/** Marks an entry of a bucket that was deleted, as the KV libraries do. */
export const operationHeader = 'KV-Operation';

export interface WatchBucket {
  link: NatsLink;
  deadlines: Deadlines;
  bucket: string;
  /** Before each subject under which a stream tells again what it has stored. */
  told: string;
}

/**
 * Tells all entries of a KV bucket, then each change, and all again after a loss. Resolves when all that were there have been told;
 * rejects with `CoordinatorFailed`.
 */
export function watchBucket({ link, deadlines, bucket, told }: WatchBucket, onEntry: (entry: LeaseEntry) => void): Promise<Followed> {
  const before = `$KV.${bucket}.`;
  const subjects = `${before}>`;
  const stream = `KV_${bucket}`;
  return followStored(
    {
      ...{ link, deadlines, stream, told, subjects },
      read: () => newest(link, stream, subjects),
      onMessage: ({ subject, sequence, text, headers }) => {
        const gone = headers?.has(operationHeader) === true;
        onEntry({ key: subject.slice(before.length), value: gone ? undefined : text, revision: sequence });
      },
    },
    () => undefined,
  );
}
