import type jsonata from 'jsonata';

/** What only JSONata itself can tell. */
export const unanswered: unique symbol = Symbol('unanswered');

/** A value, text, number, boolean, null or undefined; or that it cannot be told here. */
type Answer = string | number | boolean | null | undefined | typeof unanswered;

/** An expression that is evaluated at once. */
export type Quick = (scope: object) => Answer;

/**
 * A short cut for expressions as most rules have them: paths of names, literals, `=`, `!=`, `and`, `or`. JSONata takes
 * 13 kB of garbage and 25 µs for one, most of what a frame costs that it is evaluated on (test/bench/ingest.ts). Undefined for any
 * other expression; one that meets an array, an object or a function where a value is asked for leaves the answer to
 * JSONata, which is the oracle of its test.
 */
export function quickOf(expression: jsonata.Expression): Quick | undefined {
  return compile(expression.ast());
}

/** What JSONata puts into the nodes that are understood here; with anything more, such as a predicate, a node is none of them. */
const plainKeys = new Set(['type', 'value', 'position', 'steps', 'lhs', 'rhs']);

function compile(node: unknown): Quick | undefined {
  if (!isNode(node) || Object.keys(node).some((key) => !plainKeys.has(key))) return undefined;
  switch (node['type']) {
    case 'string':
    case 'number':
    case 'value':
      return literal(node['value']);
    case 'path':
      return path(node['steps']);
    case 'binary':
      return binary(node);
    default:
      return undefined;
  }
}

function literal(value: unknown): Quick | undefined {
  return isAnswer(value) ? () => value : undefined;
}

function path(steps: unknown): Quick | undefined {
  if (!Array.isArray(steps)) return undefined;
  const names = steps.map((step: unknown) => (isNode(step) ? nameOf(step) : undefined)).filter((name) => name !== undefined);
  if (names.length < steps.length) return undefined;
  return (scope) => {
    let value: unknown = scope;
    for (const name of names) {
      if (Array.isArray(value)) return unanswered;
      value = isNode(value) ? value[name] : undefined;
    }
    return isAnswer(value) ? value : unanswered;
  };
}

/** The name of a step that is nothing but a name, and not one that every object has. */
function nameOf(step: Readonly<Record<string, unknown>>): string | undefined {
  const { type, value } = step;
  const plain = type === 'name' && Object.keys(step).every((key) => plainKeys.has(key));
  return plain && typeof value === 'string' && !(value in {}) ? value : undefined;
}

function binary({ value: operator, lhs, rhs }: Readonly<Record<string, unknown>>): Quick | undefined {
  const [left, right] = [compile(lhs), compile(rhs)];
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '=':
      return compared(left, right, (a, b) => a === b);
    case '!=':
      return compared(left, right, (a, b) => a !== b);
    case 'and':
      return (scope) => {
        const value = left(scope);
        return value === unanswered || !value ? whole(value) : whole(right(scope));
      };
    case 'or':
      return (scope) => {
        const value = left(scope);
        return value === unanswered || value ? whole(value) : whole(right(scope));
      };
    default:
      return undefined;
  }
}

/** What is compared with nothing is neither equal nor unequal. */
function compared(left: Quick, right: Quick, compare: (a: Answer, b: Answer) => boolean): Quick {
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    if (a === unanswered || b === unanswered) return unanswered;
    return a !== undefined && b !== undefined && compare(a, b);
  };
}

function whole(value: Answer): Answer {
  return value === unanswered ? value : Boolean(value);
}

function isAnswer(value: unknown): value is Exclude<Answer, typeof unanswered> {
  return value === null || value === undefined || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
