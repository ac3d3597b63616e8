import { ApiError } from './errors.js';
import type { Faults } from './faults.js';

/** Optimistic concurrency by a `version` in the body (genesys-cloud.md §5). Throws 409 if it is not the present one. */
export function checkBodyVersion(stated: number | undefined, present: number, { conflictEtag }: Faults): void {
  if (stated === undefined || stated === present) return;
  throw new ApiError(409, 'general.conflict', `The version ${stated} is not the present one`, {
    params: conflictEtag ? { version: String(present) } : {},
  });
}
