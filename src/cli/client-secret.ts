import { messageOf } from '../base/errors.js';
import type { LoadedConfig } from '../config/load.js';
import { readSecret } from '../config/secrets.js';

/** How the client secret is read; a file that cannot be is found out now, not at the first token. */
export function clientSecretOf(
  { config, secret }: LoadedConfig,
  secretFile: string | undefined,
): { read: () => string } | { fault: string } {
  const read = (): string => (secretFile === undefined ? secret(config.genesys.clientSecretFile) : readSecret(secretFile));
  try {
    read();
    return { read };
  } catch (error) {
    return { fault: `${messageOf(error)}; or name the file by --secret-file` };
  }
}
