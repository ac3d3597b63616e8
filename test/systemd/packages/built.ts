import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where `npm run package` leaves what it builds, as seen inside the box. */
const folder = '/opt/box/packages';

/** The path of the one package of this kind. */
export async function built(ending: '.deb' | '.tgz'): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`expected one ${ending} in ${folder}: ${names.join(', ')}`);
  return join(folder, name);
}

/** The version that they carry. */
export async function version(): Promise<string> {
  const { version: it } = JSON.parse(await readFile('/opt/box/package.json', 'utf8')) as { version: string };
  return it;
}
