import { z } from 'zod';
import type { ReloadClass } from './fields.js';
import { configSchema } from './schema.js';

/** The part of JSON Schema that the config's schema uses. */
export interface JsonSchema {
  type?: string;
  description?: string;
  reload?: ReloadClass;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** JSON Schema of the config file as it is written; `config/attributed.schema.json` is this, for editors. */
export function jsonSchema(): JsonSchema {
  return { title: 'attributed', ...z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) } as JsonSchema;
}

/** The schemas that may stand at `path`: more than one where a field has alternatives, none where nothing may stand. */
export function schemasAt(path: readonly PropertyKey[], schema: JsonSchema = jsonSchema()): JsonSchema[] {
  const alternatives = schema.anyOf?.flatMap((alternative) => schemasAt([], alternative)) ?? [schema];
  const [head, ...rest] = path;
  if (head === undefined) return alternatives;
  return alternatives.flatMap((alternative) => {
    const next =
      typeof head === 'number' ? alternative.items : (alternative.properties?.[String(head)] ?? alternative.additionalProperties);
    return typeof next === 'object' ? schemasAt(rest, next) : [];
  });
}
