import { fstatSync } from 'node:fs';

/**
 * Whether a file descriptor leads to journald: `$JOURNAL_STREAM` names its socket as `device:inode`. The variable alone
 * says nothing, as children inherit it whose output goes elsewhere.
 */
export function isJournalStream(variable: string | undefined, fd: number): boolean {
  if (variable === undefined) return false;
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return variable === `${dev}:${ino}`;
}
