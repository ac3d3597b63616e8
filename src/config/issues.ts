import type { z } from 'zod';
import { didYouMean, formatPath, type Fault } from './fault.js';
import { schemasAt } from './json-schema.js';
import type { Source } from './source.js';
import { durationPattern } from './units.js';

type Issue = z.core.$ZodIssue;

/** Turns what the schema found into faults with a place, an expectation and a guess at what was meant. */
export function faultsOf(issues: readonly Issue[], source: Source): Fault[] {
  return issues.flatMap((issue) => faultsOfIssue(issue, [], source));
}

function faultsOfIssue(issue: Issue, parent: readonly PropertyKey[], source: Source): Fault[] {
  const path = [...parent, ...issue.path];
  const at = (message: string): Fault[] => [{ ...source.valueAt(path), path: formatPath(path), message }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], source));
    case 'invalid_union':
      return closestAlternative(issue, path, source) ?? at(describe(path, issue, source));
    case 'custom':
      return at(issue.message);
    default:
      return at(describe(path, issue, source));
  }
}

function unknownKey(path: readonly PropertyKey[], source: Source): Fault {
  const known = [...new Set(schemasAt(path.slice(0, -1)).flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const guess = didYouMean(String(path.at(-1)), known);
  return { ...source.keyAt(path), path: formatPath(path), message: `unknown field, expected one of ${known.join(', ')}${guess}` };
}

/** For an object where a union stands, the faults of the alternative that it fits best say more than "none fits". */
function closestAlternative(issue: Issue & { code: 'invalid_union' }, path: readonly PropertyKey[], source: Source): Fault[] | undefined {
  const written = valueAt(path, source);
  if (typeof written !== 'object' || written === null) return undefined;
  const [fitting] = issue.errors
    .filter((issues) =>
      issues.every(({ path: [head], code }) => head !== undefined || code === 'unrecognized_keys' || code === 'invalid_union'),
    )
    .sort((a, b) => a.length - b.length);
  return fitting?.flatMap((inner) => faultsOfIssue(inner, path, source));
}

function describe(path: readonly PropertyKey[], issue: Issue, source: Source): string {
  const written = valueAt(path, source);
  const expectation = issue.message;
  if (written === undefined) return `is missing, ${expectation}`;
  const words = schemasAt(path).flatMap((schema) => schema.enum ?? []);
  const guess = typeof written === 'string' && words.length > 0 ? didYouMean(written, words.map(String)) : '';
  return `${show(written)} is not valid, ${expectation}${guess}${expectation.includes('duration') ? durationMeant(written) : ''}`;
}

function valueAt(path: readonly PropertyKey[], source: Source): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    source.value,
  );
}

function show(written: unknown): string {
  const text = JSON.stringify(written);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

const unitMeant: Readonly<Record<string, string>> = {
  '': 'ms',
  msec: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
  sec: 's',
  secs: 's',
  seconds: 's',
  min: 'm',
  mins: 'm',
  minutes: 'm',
  hr: 'h',
  hours: 'h',
  day: 'd',
  days: 'd',
};

function durationMeant(written: unknown): string {
  const [, amount = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(String(written)) ?? [];
  const meant = `${amount}${unitMeant[unit.toLowerCase()] ?? unit.toLowerCase()}`;
  return durationPattern.test(meant) ? ` (did you mean "${meant}"?)` : '';
}
