import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * A library that is measured but not depended on: from the folder that `BENCH_LIBRARIES` names, where `npm install` put it.
 * Undefined where there is none.
 */
export function library(name: string): unknown {
  const folder = process.env['BENCH_LIBRARIES'];
  if (folder === undefined) return undefined;
  try {
    return createRequire(join(folder, 'package.json'))(name) as unknown;
  } catch {
    return undefined;
  }
}
