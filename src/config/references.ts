import { didYouMean, formatPath, type Fault } from './fault.js';
import type { Source } from './source.js';

type Raw = Readonly<Record<string, unknown>>;

/**
 * Faults between fields, which no field can see alone. Works on the file as written, so that they are told
 * together with the schema's faults.
 */
export function referenceFaults(source: Source): Fault[] {
  const root = record(source.value);
  const fault = (path: PropertyKey[], message: string): Fault => ({ ...source.valueAt(path), path: formatPath(path), message });
  return [
    ...hosts(record(root['genesys']), fault),
    ...lookupNames(root, fault),
    ...repeatedNames(root, fault),
    ...token(record(root['http']), fault),
  ];
}

type MakeFault = (path: PropertyKey[], message: string) => Fault;

function hosts({ region, apiUrl, loginUrl }: Raw, fault: MakeFault): Fault[] {
  if (region !== undefined && (apiUrl !== undefined || loginUrl !== undefined)) {
    return [fault(['genesys', 'region'], 'expected either region, or apiUrl and loginUrl, not both')];
  }
  if (region === undefined && apiUrl === undefined && loginUrl === undefined)
    return [fault(['genesys', 'region'], 'is missing, expected a region domain such as mypurecloud.com, or apiUrl and loginUrl')];
  if (region === undefined && apiUrl === undefined)
    return [fault(['genesys', 'apiUrl'], 'is missing, expected a URL: loginUrl alone is not enough')];
  if (region === undefined && loginUrl === undefined)
    return [fault(['genesys', 'loginUrl'], 'is missing, expected a URL: apiUrl alone is not enough')];
  return [];
}

function lookupNames(root: Raw, fault: MakeFault): Fault[] {
  const known = Object.keys(record(root['lookups']));
  return rules(root).flatMap(({ lookup }, index) => {
    if (typeof lookup !== 'string' || known.includes(lookup)) return [];
    const expectation =
      known.length === 0 ? 'expected the name of a lookup, but `lookups` has none' : `expected one of ${known.join(', ')}`;
    return [fault(['rules', index, 'lookup'], `there is no lookup "${lookup}", ${expectation}${didYouMean(lookup, known)}`)];
  });
}

function repeatedNames(root: Raw, fault: MakeFault): Fault[] {
  const names = rules(root).map(({ name }) => name);
  return names.flatMap((name, index) =>
    typeof name === 'string' && names.indexOf(name) < index
      ? [fault(['rules', index, 'name'], `"${name}" is the name of another rule, expected a name of its own`)]
      : [],
  );
}

function token({ listen, tokenFile }: Raw, fault: MakeFault): Fault[] {
  // without a port it is no address, which the schema tells
  if (typeof listen !== 'string' || !listen.includes(':') || tokenFile !== undefined || isPrivate(listen)) return [];
  return [fault(['http', 'tokenFile'], `is missing, expected a file with a token: ${listen} can be reached from other machines`)];
}

/** Whether only this machine reaches the local API there: then it needs no token. */
export function isPrivate(listen: string): boolean {
  return listen === 'off' || listen.startsWith('unix:') || /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):/.test(listen);
}

function rules(root: Raw): Raw[] {
  return Array.isArray(root['rules']) ? root['rules'].map(record) : [];
}

function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
