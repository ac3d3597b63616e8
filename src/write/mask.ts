import { Refused } from '../genesys/errors.js';
import { attributesOf, type Batch } from './pending.js';

/** Shorter values would take the body's own words with them. */
const shortest = 2;

/** A failure without the values of the write that met it: servers repeat them in their refusals, and logs keep those. */
export function withoutValues(error: unknown, batch: Batch): unknown {
  if (!(error instanceof Refused) || error.answer.body === undefined) return error;
  const { body } = error.answer;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const values = [...attributesOf(batch).values()]
    .flatMap((attributes) => Object.values(attributes))
    .filter(({ length }) => length >= shortest);
  const shown = values.reduce((masked, value) => masked.replaceAll(value, '…').replaceAll(JSON.stringify(value).slice(1, -1), '…'), text);
  return shown === text ? error : new Refused(error.what, { ...error.answer, body: shown }, error.verdict);
}
