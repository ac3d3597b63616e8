import { statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { placeDoubts, type Places } from '../../src/config/places.js';
import { faultsIn, genesys, inFolder, load } from './folder.js';

const yaml = (dir: string, file: string): string => `${genesys}outbox: { dir: ${dir} }\nlog: { file: ${file} }\n`;

describe('the places that a config has written to', () => {
  it('are no fault where they are there or can be made, and nothing is made to find out', () => {
    inFolder({ 'a.log': '' }, (folder) => {
      const { warnings } = load(yaml(join(folder, 'not/yet'), join(folder, 'a.log')));
      expect(warnings).to.deep.equal([]);
      expect(statSync(join(folder, 'not'), { throwIfNoEntry: false })).to.equal(undefined);
      expect(load(yaml(folder, join(folder, 'b.log'))).warnings).to.deep.equal([]);
    });
  });

  it('are a fault below a file, and where a file stands for a directory or a directory for a file', () => {
    inFolder({ file: '' }, (folder) => {
      const inside = (name: string): string => join(folder, name);
      const faults = (dir: string, file: string): string[] => faultsIn(yaml(dir, file)).map((fault) => fault.replaceAll(`${folder}/`, '/'));
      expect(faults(inside('file/below/it'), inside('file/a.log'))).to.deep.equal([
        'c.yaml:5:16 outbox.dir: /file/below/it cannot be made, as /file is no directory: name another place',
        'c.yaml:6:14 log.file: /file cannot be made, as /file is no directory: name another place',
      ]);
      expect(faults(inside('file'), folder)).to.deep.equal([
        'c.yaml:5:16 outbox.dir: /file cannot be made, as /file is no directory: name another place',
        `c.yaml:6:14 log.file: ${folder} is a directory, expected the path of a file`,
      ]);
    });
  });

  it('are a fault below /proc, where Node tries for ever to make a directory', () => {
    expect(faultsIn(yaml('/proc/none/outbox', '/proc/none/a.log'))).to.deep.equal([
      'c.yaml:5:16 outbox.dir: /proc/none/outbox cannot be made, as in /proc the kernel alone makes files: name another place',
      'c.yaml:6:14 log.file: /proc/none cannot be made, as in /proc the kernel alone makes files: name another place',
    ]);
  });

  it('are a fault where no file system takes the name', () => {
    const [fault, ...others] = faultsIn(`${genesys}outbox: { dir: '/${'x'.repeat(300)}/y' }\n`);
    expect(fault).to.match(/^c\.yaml:5:16 outbox\.dir: \/x+\/y cannot be looked at \(ENAMETOOLONG: .*\): name another place$/);
    expect(others).to.deep.equal([]);
  });

  it('are a warning where the directory of the log is still to be made', () => {
    inFolder({}, (folder) => {
      const { warnings } = load(`${genesys}log: { file: ${folder}/logs/a.log }\n`);
      expect(warnings.map((warning) => warning.replace(/^.*c\.yaml/, 'c.yaml').replaceAll(folder, ''))).to.deep.equal([
        'c.yaml:5:14 log.file: the directory /logs is not there: make it, unless the unit does (LogsDirectory=)',
      ]);
    });
  });

  it('do not matter to a command that only asks the daemon', () => {
    const { warnings } = load(yaml('/proc/none', '/proc/none'), { credentialsElsewhere: 'ignore' });
    expect(warnings).to.deep.equal([]);
  });

  describe('for another user than the service’s', () => {
    const denied = (what: string) => (): never => {
      throw Object.assign(new Error(`EACCES: permission denied, ${what}`), { code: 'EACCES' });
    };
    const stats: Stats = statSync('/');
    const open: Places = { stat: () => stats, writable: () => undefined, kernels: () => false };
    const config = { outbox: { dir: '/kept' }, log: { file: '/a/a.log' } };
    const doubts = (places: Partial<Places>): string[] =>
      placeDoubts(config, (written) => written, { ...open, ...places }).map(
        ({ path, message, certain }) => `${path.join('.')}: ${message}${certain ? ' (certain)' : ''}`,
      );

    it('are a warning where this one may not write', () => {
      const file = statSync(process.execPath);
      expect(doubts({ writable: denied('access'), stat: (path) => (path === '/a/a.log' ? file : stats) })).to.deep.equal([
        'outbox.dir: /kept cannot be written to from here (EACCES: permission denied, access): the service’s user must be able to',
        'log.file: /a/a.log cannot be written to from here (EACCES: permission denied, access): the service’s user must be able to',
      ]);
      expect(doubts({ writable: denied('access'), stat: (path) => (path === '/a/a.log' ? undefined : stats) }).at(-1)).to.equal(
        'log.file: /a cannot be written to from here (EACCES: permission denied, access): the service’s user must be able to',
      );
    });

    it('are a warning where this one may not even look', () => {
      expect(doubts({ stat: denied('stat') })).to.deep.equal([
        'outbox.dir: /kept cannot be looked at (EACCES: permission denied, stat): the service’s user must be able to write there',
        'log.file: /a/a.log cannot be looked at (EACCES: permission denied, stat): the service’s user must be able to write there',
      ]);
    });
  });
});
