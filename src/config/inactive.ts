import { formatPath } from './fault.js';

/** Fields that are validated but that nothing in this version acts on yet. */
const inactive: readonly PropertyKey[][] = [
  ['notifications', 'rotateBefore'],
  ['log', 'file'],
];

/** Paths of the fields that stand in the file but that this version does not act on; topic selectors among them. */
export function inactivePaths(value: unknown): string[] {
  const topics = valueAt(value, ['notifications', 'topics']);
  const selectors = Array.isArray(topics)
    ? topics.flatMap((topic, index) => (typeof topic === 'string' ? [] : [['notifications', 'topics', index]]))
    : [];
  return [...inactive.filter((path) => valueAt(value, path) !== undefined), ...selectors].map(formatPath);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}
