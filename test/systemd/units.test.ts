import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../systemd/${name}`, import.meta.url)), 'utf8');

/** A unit without its comments. */
const directives = (unit: string): string[] => unit.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('attributed@.service', () => {
  it('is attributed.service but for the names of what an instance has for itself', () => {
    const named = directives(read('attributed.service')).map((line) =>
      line
        .replace('while calls are live', 'while calls are live (%i)')
        .replace('/etc/attributed/attributed.yaml', '/etc/attributed/%i.yaml')
        .replace('/etc/attributed/client-secret', '/etc/attributed/%i.client-secret')
        .replace(/^(SyslogIdentifier|User|\w+Directory)=(_?attributed)$/, '$1=$2-%i'),
    );
    expect(directives(read('attributed@.service'))).to.deep.equal(named);
  });
});
