/** Milliseconds in each unit that a duration may carry. */
const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Bytes in each unit that a size may carry. */
const bytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

export const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
export const sizePattern = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;

/** `150ms`, `2s`, `30m`, `24h`, `30d` → milliseconds; undefined if it is none of these. */
export function parseDuration(text: string): number | undefined {
  return parse(text, durationPattern, milliseconds);
}

/** `1GiB`, `512MiB`, … → bytes; undefined if it is none of these. */
export function parseSize(text: string): number | undefined {
  return parse(text, sizePattern, bytes);
}

function parse(text: string, pattern: RegExp, factors: Readonly<Record<string, number>>): number | undefined {
  const [, amount, unit] = pattern.exec(text) ?? [];
  const factor = unit === undefined ? undefined : factors[unit];
  return factor === undefined ? undefined : Number(amount) * factor;
}
