import { measureHolder, type HolderName } from './holder.js';

/** A process that holds what one contender keeps, and tells how much that is. */
const result = await measureHolder(process.argv[2] as HolderName, Number(process.argv[3]));
process.send?.(result, () => {
  process.exit(0);
});
