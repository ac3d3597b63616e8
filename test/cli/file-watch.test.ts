import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock, type Clock } from '../../src/base/clock.js';
import { Deadlines } from '../../src/base/deadlines.js';
import { FileWatch } from '../../src/cli/file-watch.js';
import { inFolder } from '../config/folder.js';
import { eventually } from '../support/eventually.js';
import { FakeClock } from '../support/fake-clock.js';

/** A watch of a file `c.yaml` in a folder, and how often it told. */
function watching(
  test: (watched: { folder: string; file: string; watch: FileWatch; told: () => number; trouble: unknown[] }) => Promise<void>,
  prepare: (folder: string) => string = (folder) => join(folder, 'c.yaml'),
  clock: Clock = systemClock,
): Promise<void> {
  return inFolder({ 'c.yaml': 'a', secret: 's' }, async (folder) => {
    const file = prepare(folder);
    const deadlines = new Deadlines(clock);
    let told = 0;
    const trouble: unknown[] = [];
    const watch = new FileWatch([file, join(folder, 'secret')], {
      deadlines,
      onChange: () => {
        told += 1;
      },
      onTrouble: (error) => trouble.push(error),
    });
    try {
      await test({ folder, file, watch, told: () => told, trouble });
    } finally {
      watch.close();
      deadlines.clear();
    }
  });
}

/** Writes something new once, and resolves when it was told: by then everything before it has been seen. */
async function changed({ file, told }: { file: string; told: () => number }, before: number, content: string): Promise<void> {
  writeFileSync(file, content);
  await eventually('the change is told', () => told() === before + 1);
}

describe('the watch of the config file', () => {
  it('tells of a new content, once', () =>
    watching(async (watched) => {
      await changed(watched, 0, 'b');
      await changed(watched, 1, 'c');
      expect(watched.told()).to.equal(2);
    }));

  it('tells of a file that an editor puts in its place', () =>
    watching(async ({ folder, file, told }) => {
      for (const content of ['b', 'c']) {
        writeFileSync(join(folder, '.c.yaml.swp'), content);
        renameSync(join(folder, '.c.yaml.swp'), file);
        await eventually('the change is told', () => told() === (content === 'b' ? 1 : 2));
      }
    }));

  it('tells of links that Kubernetes puts in its place', () =>
    watching(
      async ({ folder, told }) => {
        for (const [index, content] of ['b', 'c'].entries()) {
          const data = join(folder, `..v${index}`);
          mkdirSync(data);
          writeFileSync(join(data, 'mounted.yaml'), content);
          symlinkSync(`..v${index}`, join(folder, '..data_tmp'));
          renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
          await eventually('the change is told', () => told() === index + 1);
        }
      },
      (folder) => {
        mkdirSync(join(folder, '..first'));
        writeFileSync(join(folder, '..first', 'mounted.yaml'), 'a');
        symlinkSync('..first', join(folder, '..data'));
        symlinkSync(join('..data', 'mounted.yaml'), join(folder, 'mounted.yaml'));
        return join(folder, 'mounted.yaml');
      },
    ));

  it('tells of a change where the file’s link leads to, in another directory', () =>
    watching(
      async ({ folder, told }) => {
        writeFileSync(join(folder, 'elsewhere', 'real.yaml'), 'b');
        await eventually('the change is told', () => told() === 1);
      },
      (folder) => {
        mkdirSync(join(folder, 'elsewhere'));
        writeFileSync(join(folder, 'elsewhere', 'real.yaml'), 'a');
        symlinkSync(join('elsewhere', 'real.yaml'), join(folder, 'link.yaml'));
        return join(folder, 'link.yaml');
      },
    ));

  it('tells of a new secret', () =>
    watching(async ({ folder, told }) => {
      writeFileSync(join(folder, 'secret'), 'new');
      await eventually('the change is told', () => told() === 1);
    }));

  it('tells that a file is gone', () =>
    watching(async ({ file, told }) => {
      rmSync(file);
      await eventually('the change is told', () => told() === 1);
    }));

  it('tells nothing of the same content written again, of another file, and of what is known', () =>
    watching(async (watched) => {
      const { folder, file, watch, told } = watched;
      writeFileSync(file, 'a');
      writeFileSync(join(folder, 'other'), 'x');
      writeFileSync(join(folder, 'secret'), 'read already');
      watch.know();
      await changed(watched, 0, 'b');
      expect(told()).to.equal(1);
    }));

  it('waits until what is written stands still', () => {
    const clock = new FakeClock();
    return watching(
      async ({ file, told }) => {
        writeFileSync(file, 'b');
        await eventually('it was noticed', () => clock.timers === 1);
        for (const content of ['bb', 'bbb']) {
          await clock.advance(200);
          writeFileSync(file, content);
          expect(told()).to.equal(0);
        }
        await clock.advance(200);
        expect(told()).to.equal(0);
        await clock.advance(200);
        expect(told()).to.equal(1);
      },
      undefined,
      clock,
    );
  });

  it('follows other files from then on, in other directories', () =>
    watching(async ({ folder, file, watch, told }) => {
      mkdirSync(join(folder, 'secrets'));
      const next = join(folder, 'secrets', 'secret');
      writeFileSync(next, 'n');
      watch.follow([file, next]);
      writeFileSync(next, 'new');
      await eventually('the change is told', () => told() === 1);
    }));

  it('says where it cannot watch, and watches the rest', () =>
    watching(async (watched) => {
      const { folder, file, watch, trouble } = watched;
      watch.follow([file, join(folder, 'nowhere', 'secret')]);
      expect(String(trouble[0])).to.match(/ENOENT/);
      await changed(watched, 0, 'b');
    }));
});
