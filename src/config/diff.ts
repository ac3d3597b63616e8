import { isDeepStrictEqual } from 'node:util';
import type { ReloadClass } from './fields.js';
import { formatPath } from './fault.js';
import { jsonSchema, type JsonSchema } from './json-schema.js';
import { isPrivate } from './references.js';
import type { Config } from './schema.js';
import type { Secret } from './secrets.js';

/** A config, with what stands in the secret files that it names. */
export interface Loaded {
  readonly config: Config;
  readonly secrets: readonly Secret[];
}

/** A field that has another value, and when that takes effect. */
export interface Change {
  /** Dotted path of the field: a lookup by its name, rules and topics as a whole. */
  path: string;
  reload: ReloadClass;
}

/** What a reload makes of the running config and the one that was loaded. */
export interface Reload {
  /** What runs from now on: the loaded one, but with the running one's value where a change needs a restart. */
  applied: Loaded;
  changes: Change[];
}

/** What is to be done for `next` to run in place of `running`. Pure. A secret file with another content counts as a changed field. */
export function reloadOf(running: Loaded, next: Loaded): Reload {
  const changed = fields(jsonSchema(), [running.config, next.config]).filter(
    ({ path }) =>
      !isDeepStrictEqual(valueAt(running.config, path), valueAt(next.config, path)) ||
      !isDeepStrictEqual(secretsBelow(running, path), secretsBelow(next, path)),
  );
  const changes = changed.map(({ path, reload }) => ({ path, reload: bares(path, running, next) ? ('restart' as const) : reload }));
  const kept = changes.filter(({ reload }) => reload === 'restart').map(({ path }) => path);
  const config = structuredClone(next.config);
  for (const path of kept) keep(config, running.config, path);
  const isKept = ({ path }: Secret): boolean => kept.some((each) => isBelow(path, each));
  const secrets = [...next.secrets.filter((secret) => !isKept(secret)), ...running.secrets.filter(isKept)];
  return { applied: { config, secrets }, changes: changes.map(({ path, reload }) => ({ path: formatPath(path), reload })) };
}

/** The token may go only together with the address that needs it, and that one stays until a restart. */
function bares(path: readonly string[], running: Loaded, next: Loaded): boolean {
  return formatPath(path) === 'http.tokenFile' && next.config.http.tokenFile === undefined && !isPrivate(running.config.http.listen);
}

interface Field {
  path: string[];
  reload: ReloadClass;
}

/** The fields that two configs may differ in. */
function fields(schema: JsonSchema, configs: readonly unknown[], path: string[] = []): Field[] {
  const { properties, additionalProperties, reload } = schema;
  if (reload === undefined && properties !== undefined)
    return Object.entries(properties).flatMap(([name, inner]) => fields(inner, configs, [...path, name]));
  if (reload === undefined && typeof additionalProperties === 'object') {
    const names = configs.flatMap((config) => Object.keys(record(valueAt(config, path))));
    return [...new Set(names)].map((name) => ({ path: [...path, name], reload: strictest(additionalProperties) }));
  }
  return [{ path, reload: strictest(schema) }];
}

/** What a whole needs, of which any part may have changed. */
function strictest(schema: JsonSchema): ReloadClass {
  const classes = classesIn(schema);
  return (['restart', 'reconnect'] as const).find((each) => classes.includes(each)) ?? 'live';
}

function classesIn({ reload, properties, additionalProperties, items, anyOf = [] }: JsonSchema): ReloadClass[] {
  const inner = [...Object.values(properties ?? {}), additionalProperties, items, ...anyOf];
  return [...(reload === undefined ? [] : [reload]), ...inner.flatMap((each) => (typeof each === 'object' ? classesIn(each) : []))];
}

function secretsBelow({ secrets }: Loaded, path: readonly string[]): readonly Secret[] {
  return secrets.filter((secret) => isBelow(secret.path, path));
}

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return above.every((part, index) => path[index] === part);
}

/** Puts the value that `source` has at a path in place of that of `target`. */
function keep(target: unknown, source: unknown, [head = '', ...rest]: readonly string[]): void {
  const [to, from] = [record(target), record(source)];
  if (rest.length > 0) keep(to[head], from[head], rest);
  else if (head in from) to[head] = from[head];
  else Reflect.deleteProperty(to, head);
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (Object.hasOwn(record(at), key) ? record(at)[key] : undefined), value);
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
