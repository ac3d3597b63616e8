import { accessSync, constants, statfsSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../base/errors.js';

/** What is wrong with a place that the daemon is to write to. */
export interface Doubt {
  message: string;
  /** Whether nobody can write there; else it depends on the user, or is still to come. */
  certain: boolean;
}

/** What this needs of `node:fs`. */
export interface Places {
  /** Undefined if it is not there. Throws what the file system says. */
  stat(path: string): Stats | undefined;
  /** Throws what the file system says if this user may not write there. */
  writable(path: string): void;
  /** Whether it holds what the kernel shows, and nothing else. */
  kernels(path: string): boolean;
}

/** Types of procfs and sysfs (linux/magic.h). Node's recursive mkdir never returns in the first. */
const kernelTypes: ReadonlySet<number> = new Set([0x9fa0, 0x62656572]);

const system: Places = {
  stat: (path) => {
    try {
      return statSync(path);
    } catch (error) {
      // below a file nothing is there: that file is found further up
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
      throw error;
    }
  },
  writable: (path) => {
    accessSync(path, constants.W_OK);
  },
  kernels: (path) => kernelTypes.has(statfsSync(path).type),
};

const writtenPlaces = z
  .object({
    outbox: z.object({ dir: z.string() }).optional().catch(undefined),
    log: z.object({ file: z.string() }).optional().catch(undefined),
  })
  .catch({});

/**
 * What is wrong with `outbox.dir` and `log.file` of a config, as far as it names them: nothing is made to find that out.
 * `absolute` gives the whole path of what is written. What is no text is told elsewhere.
 */
export function placeDoubts(
  config: unknown,
  absolute: (written: string) => string,
  places: Places = system,
): (Doubt & { path: readonly string[] })[] {
  const { outbox, log } = writtenPlaces.parse(config);
  const dir = outbox && directoryDoubt(absolute(outbox.dir), places);
  const file = log && fileDoubt(absolute(log.file), places);
  return [...(dir ? [{ ...dir, path: ['outbox', 'dir'] }] : []), ...(file ? [{ ...file, path: ['log', 'file'] }] : [])];
}

/** A directory that is made if need be, with those above it. */
function directoryDoubt(dir: string, places: Places): Doubt | undefined {
  try {
    const { path, stats } = nearest(dir, places);
    if (!stats.isDirectory()) return impossible(dir, `${path} is no directory`);
    if (places.kernels(path)) return impossible(dir, `in ${path} the kernel alone makes files`);
    return unwritable(path, places);
  } catch (error) {
    return unseen(dir, error);
  }
}

/** A file that is made if need be, but not its directory. */
function fileDoubt(file: string, places: Places): Doubt | undefined {
  try {
    const stats = places.stat(file);
    if (stats?.isDirectory()) return { message: `${file} is a directory, expected the path of a file`, certain: true };
    if (stats !== undefined) return unwritable(file, places);
    const dir = dirname(file);
    const doubt = directoryDoubt(dir, places);
    if (doubt?.certain === true || places.stat(dir) !== undefined) return doubt;
    return { message: `the directory ${dir} is not there: make it, unless the unit does (LogsDirectory=)`, certain: false };
  } catch (error) {
    return unseen(file, error);
  }
}

/** What is there of a path: itself, or else the first above it that is. */
function nearest(path: string, places: Places): { path: string; stats: Stats } {
  const stats = places.stat(path);
  return stats === undefined ? nearest(dirname(path), places) : { path, stats };
}

function unwritable(path: string, places: Places): Doubt | undefined {
  try {
    places.writable(path);
    return undefined;
  } catch (error) {
    return { message: `${path} cannot be written to from here (${messageOf(error)}): the service’s user must be able to`, certain: false };
  }
}

function impossible(place: string, why: string): Doubt {
  return { message: `${place} cannot be made, as ${why}: name another place`, certain: true };
}

function unseen(place: string, error: unknown): Doubt {
  const certain = ['ENAMETOOLONG', 'ELOOP'].includes(codeOf(error));
  return {
    message: `${place} cannot be looked at (${messageOf(error)}): ${certain ? 'name another place' : 'the service’s user must be able to write there'}`,
    certain,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
