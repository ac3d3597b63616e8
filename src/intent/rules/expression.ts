import jsonata from 'jsonata';
import { messageOf } from '../../base/errors.js';
import { quickOf, unanswered, type Quick } from './quick.js';

/** What expressions see (design.md §3). */
export interface Scope {
  conversation: unknown;
  participant: unknown;
  event: unknown;
  lookup?: unknown;
}

/** Whether a value counts as true, as JSONata's `$boolean` has it. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(truthy);
  if (isFunction(value)) return false;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/**
 * The text of an attribute: strings as they are, numbers and booleans as text, null as "", objects and arrays as JSON;
 * undefined leaves the attribute. Throws for a function, also for one inside an object: JSON would show what it sees.
 */
export function attributeText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return '';
  if (typeof value === 'string') return value;
  // JSON has no infinity
  return typeof value === 'number' ? String(value) : JSON.stringify(value, withoutFunctions);
}

function withoutFunctions(_: string, value: unknown): unknown {
  if (isFunction(value)) throw new Error('the value is a function, expected text, a number, a boolean, null, an object or an array');
  return value;
}

/** JSONata's own functions are objects. */
function isFunction(value: unknown): boolean {
  return (
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value))
  );
}

/** What JSONata puts into its messages is data: it stays out of the log, as attribute values do (design.md §1.10). */
const dataFields = ['value', 'value2', 'exp'] as const;

/** The message of what an expression threw, a plain object as JSONata has it or an `Error`, without the data in it. */
export function faultText(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('message' in thrown)) return messageOf(thrown);
  const fault = thrown as Partial<Record<(typeof dataFields)[number], unknown>>;
  const data = dataFields.map((name) => shownAs(fault[name])).filter((shown) => shown !== undefined);
  return data.reduce<string>((text, shown) => text.replaceAll(shown, '…'), messageOf(thrown.message));
}

/** A value as JSONata puts it into a message; undefined if it cannot be. */
function shownAs(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // a function of the rule's own sees itself
    return undefined;
  }
}

/** One expression: by the short cut where that has an answer. */
class Compiled {
  readonly #plain: jsonata.Expression;
  readonly #quick: Quick | undefined;

  constructor(text: string) {
    this.#plain = jsonata(text);
    this.#quick = quickOf(this.#plain);
  }

  /** Throws, or rejects with, what the expression throws. */
  evaluate(scope: Scope): unknown {
    const answer = this.atOnce(scope);
    return answer === unanswered ? this.#plain.evaluate(scope) : answer;
  }

  /** What the short cut answers. */
  atOnce(scope: Scope): ReturnType<Quick> {
    return this.#quick === undefined ? unanswered : this.#quick(scope);
  }
}

/** A compiled rule: its condition and what it sets. */
export class RuleExpressions {
  readonly #condition: Compiled | undefined;
  readonly #set: [string, Compiled][];

  constructor(rule: { if?: string | undefined; set: Readonly<Record<string, string>> }) {
    this.#condition = rule.if === undefined ? undefined : new Compiled(rule.if);
    this.#set = Object.entries(rule.set).map(([key, expression]) => [key, new Compiled(expression)]);
  }

  /** Whether the rule fires. Throws what the expression throws. */
  holds(scope: Scope): boolean | Promise<boolean> {
    if (this.#condition === undefined) return true;
    const value = this.#condition.evaluate(scope);
    return value instanceof Promise ? value.then(truthy) : truthy(value);
  }

  /** Whether the short cut tells that the rule does not fire. */
  surelyFails(scope: Scope): boolean {
    const answer = this.#condition === undefined ? unanswered : this.#condition.atOnce(scope);
    return answer !== unanswered && !truthy(answer);
  }

  /** What the short cut tells that it would set, if its condition holds; undefined where it cannot tell all of that. */
  surelySets(scope: Scope): Record<string, string> | undefined {
    if (this.#condition?.atOnce(scope) === unanswered) return undefined;
    const attributes: Record<string, string> = {};
    for (const [key, expression] of this.#set) {
      const value = expression.atOnce(scope);
      if (value === unanswered) return undefined;
      const text = attributeText(value);
      if (text !== undefined) attributes[key] = text;
    }
    return attributes;
  }

  /** What it sets; keys whose value is undefined are left out. Throws an `Error` that names the attribute. */
  async attributes(scope: Scope): Promise<Record<string, string>> {
    const entries: [string, string][] = [];
    for (const [key, expression] of this.#set) {
      try {
        const text = attributeText(await expression.evaluate(scope));
        if (text !== undefined) entries.push([key, text]);
      } catch (error) {
        throw new Error(`set.${key}: ${faultText(error)}`, { cause: error });
      }
    }
    return Object.fromEntries(entries);
  }
}
