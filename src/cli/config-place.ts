import { existsSync } from 'node:fs';

/** Where a config is looked for if none is named: of the package's unit, then of a checkout. */
export const usualPlaces = ['/etc/attributed/attributed.yaml', 'config/attributed.yaml'];

/** The config file that is named, or else the first of the usual ones that is there; undefined if none is. */
export function configPlace(named: string | undefined): string | undefined {
  const file = named ?? usualPlaces.find((place) => existsSync(place));
  return file !== undefined && existsSync(file) ? file : undefined;
}
