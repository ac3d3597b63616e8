import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import { inFolder } from '../config/folder.js';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');

/** A unit without its comments. */
const directives = (unit: string): string[] => unit.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('attributed@.service', () => {
  it('is attributed.service but for the names of what an instance has for itself', () => {
    const named = directives(read('systemd/attributed.service')).map((line) =>
      line
        .replace('while calls are live', 'while calls are live (%i)')
        .replace('/etc/attributed/attributed.yaml', '/etc/attributed/%i.yaml')
        .replace('/etc/attributed/client-secret', '/etc/attributed/%i.client-secret')
        .replace(/^(SyslogIdentifier|User|\w+Directory)=(_?attributed)$/, '$1=$2-%i'),
    );
    expect(directives(read('systemd/attributed@.service'))).to.deep.equal(named);
  });
});

describe('attributed.service', () => {
  it('has the directories and the credential that the shipped config names once the README’s sed has run', () => {
    const sed = /^sed 's\|(.*)\|(.*)\|' config\/attributed\.yaml/m.exec(read('README.md'));
    const yaml = read('config/attributed.yaml').replace(new RegExp(String(sed?.[1]), 'm'), String(sed?.[2]));
    inFolder({ 'attributed.yaml': yaml }, (folder) => {
      const { config } = loadConfig(join(folder, 'attributed.yaml'), { credentialsDirectory: undefined, credentialsElsewhere: 'ignore' });
      expect(config.http.listen).to.equal('unix:/run/attributed/http.sock');
      expect(config.outbox.dir).to.equal('/var/lib/attributed');
      expect(config.genesys.clientSecretFile).to.equal('%d/client-secret');
    });
    expect(directives(read('systemd/attributed.service'))).to.include.members([
      'RuntimeDirectory=attributed',
      'StateDirectory=attributed',
      'LoadCredential=client-secret:/etc/attributed/client-secret',
    ]);
  });
});

describe('package.json', () => {
  it('bundles every dependency, so that `npm i -g` of what it packs needs no network', () => {
    const { dependencies, bundleDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    expect(bundleDependencies).to.have.members(Object.keys(dependencies ?? {}));
  });
});
