import jsonata from 'jsonata';

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
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/**
 * The text of an attribute: strings as they are, numbers and booleans as text, null as "", objects and arrays as JSON;
 * undefined leaves the attribute. Throws for a function.
 */
export function attributeText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return '';
  if (typeof value === 'function' || isJsonataFunction(value))
    throw new Error('the value is a function, expected text, a number, a boolean, null, an object or an array');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isJsonataFunction(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value);
}

/** A compiled rule: its condition and what it sets. */
export class RuleExpressions {
  readonly #condition: jsonata.Expression | undefined;
  readonly #set: [string, jsonata.Expression][];

  constructor(rule: { if?: string | undefined; set: Readonly<Record<string, string>> }) {
    this.#condition = rule.if === undefined ? undefined : jsonata(rule.if);
    this.#set = Object.entries(rule.set).map(([key, expression]) => [key, jsonata(expression)]);
  }

  /** Whether the rule fires. Throws what the expression throws. */
  async holds(scope: Scope): Promise<boolean> {
    return this.#condition === undefined || truthy(await this.#condition.evaluate(scope));
  }

  /** What it sets; keys whose value is undefined are left out. Throws an `Error` that names the attribute. */
  async attributes(scope: Scope): Promise<Record<string, string>> {
    const entries: [string, string][] = [];
    for (const [key, expression] of this.#set) {
      try {
        const text = attributeText(await expression.evaluate(scope));
        if (text !== undefined) entries.push([key, text]);
      } catch (error) {
        throw new Error(`set.${key}: ${(error as { message?: string }).message ?? String(error)}`, { cause: error });
      }
    }
    return Object.fromEntries(entries);
  }
}
