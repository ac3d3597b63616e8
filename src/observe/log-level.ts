export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

/** Levels by their weight: a log of one level has those of less rank too. */
export const levelRank: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };
