/** `150 ms`, `12.3 s`, `12 min`, `3.5 h`, `12 d`; a line does not break within it. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 100_000) return `${(ms / 1_000).toFixed(1)}\u00a0s`;
  if (ms < 100 * 60_000) return `${Math.round(ms / 60_000)}\u00a0min`;
  return ms < 100 * 3_600_000 ? `${(ms / 3_600_000).toFixed(1)}\u00a0h` : `${Math.round(ms / 86_400_000)}\u00a0d`;
}
