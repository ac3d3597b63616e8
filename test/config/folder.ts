import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigInvalid, loadConfig, type LoadedConfig, type LoadOptions } from '../../src/config/load.js';

/** Four lines that every config of these tests begins with, so that what a test adds stands from line 5 on. */
export const genesys = `genesys:
  region: mypurecloud.com
  clientId: 7f5c
  clientSecretFile: secret
`;

const outside: LoadOptions = { credentialsDirectory: undefined, credentialsElsewhere: 'fault' };

/** Runs a test with a folder that holds `files`, and removes it. */
export function inFolder<T>(files: Readonly<Record<string, string>>, test: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'attributed-test-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true });
  };
  let result: T;
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    result = test(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) void result.then(remove, remove);
  else remove();
  return result;
}

/** Loads a config that is valid, beside a file `secret`. */
export function load(yaml: string, options: Partial<LoadOptions> = {}): LoadedConfig {
  return inFolder({ 'c.yaml': yaml, secret: 'hush\n' }, (folder) => loadConfig(join(folder, 'c.yaml'), { ...outside, ...options }));
}

/** The lines that a broken config is refused with; the folder's name is cut from them. Empty if it is valid. */
export function faultsIn(yaml: string, options: Partial<LoadOptions> = {}, files: Readonly<Record<string, string>> = {}): string[] {
  return inFolder({ 'c.yaml': yaml, secret: 'hush\n', ...files }, (folder) => {
    try {
      loadConfig(join(folder, 'c.yaml'), { ...outside, ...options });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigInvalid)) throw error;
      return error.message.replaceAll(`${folder}/`, '').split('\n');
    }
  });
}

/** A broken config: what is wrong with it, its text, and what it is refused with. */
export type Case = readonly [what: string, yaml: string, ...faults: string[]];

/** One test a case. */
export function refuses(cases: readonly Case[]): void {
  for (const [what, yaml, ...faults] of cases) {
    it(`refuse ${what}`, () => {
      expect(faultsIn(yaml)).to.deep.equal(faults);
    });
  }
}
