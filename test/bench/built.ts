import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Programs of a bench as JavaScript, made by the compiler as for a release: tsx names each function as it is made, which
 * costs what a release does not cost. Returns the file of a program; `remove` takes all away.
 */
export function build(programs: readonly string[]): { file: (program: string) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'attributed-bench-'));
  const config = join(folder, 'tsconfig.json');
  const options = {
    noEmit: false,
    rootDir: root,
    outDir: folder,
    sourceMap: false,
    noCheck: true,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const files = programs.map((program) => resolve(root, program));
  writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: options, files, include: [] }));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  return {
    file: (program) => join(folder, program.replace(/\.ts$/, '.js')),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
