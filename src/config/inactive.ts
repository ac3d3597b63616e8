import { formatPath } from './fault.js';

/** Fields that are validated but that nothing in this version acts on yet. */
const inactive: readonly PropertyKey[][] = [['log', 'file']];

/** Paths of the fields that stand in the file but that this version does not act on. */
export function inactivePaths(value: unknown): string[] {
  return inactive.filter((path) => valueAt(value, path) !== undefined).map(formatPath);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}
