import { join } from 'node:path';
import { expect } from 'chai';
import { fileToTail, NothingToTail } from '../../../src/cli/tail/source.js';
import { genesys, inFolder } from '../../config/folder.js';

describe('what a tail reads', () => {
  const config = (yaml: string, test: (file: string) => void): void => {
    inFolder({ 'c.yaml': `${genesys}${yaml}` }, (folder) => {
      test(join(folder, 'c.yaml'));
    });
  };

  it('is the file that is named, whatever else there is', () => {
    expect(fileToTail({ file: 'a.log', config: 'none.yaml', terminal: true })).to.equal('a.log');
  });

  it('is stdin where something is given there', () => {
    expect(fileToTail({ file: undefined, config: undefined, terminal: false })).to.equal(undefined);
  });

  for (const terminal of [true, false])
    it(`is log.file of the config that is named, ${terminal ? 'on a terminal' : 'with a stdin too'}`, () => {
      config('log: { file: logs/a.log }\n', (file) => {
        expect(fileToTail({ file: undefined, config: file, terminal })).to.equal(join(file, '..', 'logs', 'a.log'));
      });
    });

  it('is nothing where the config has no log.file, and it says how to read the journal', () => {
    config('', (file) => {
      expect(() => fileToTail({ file: undefined, config: file, terminal: true })).to.throw(
        NothingToTail,
        /c\.yaml has no log\.file: name a file, or read the journal with `journalctl -f -o cat -u attributed \| attributed tail`$/,
      );
    });
  });

  it('is nothing where the config is not there', () => {
    expect(() => fileToTail({ file: undefined, config: '/none.yaml', terminal: true })).to.throw(
      NothingToTail,
      'there is no config /none.yaml',
    );
  });
});
