import { join } from 'node:path';
import { expect } from 'chai';
import { readSecret, secretPath, webhookSecrets } from '../../src/config/secrets.js';
import { inFolder } from './folder.js';

const inUnit = { configFile: '/etc/attributed/attributed.yaml', credentialsDirectory: '/run/credentials/attributed.service' };
const outside = { ...inUnit, credentialsDirectory: undefined };

describe('the path of a secret file', () => {
  it('starts at the config file if it is relative', () => {
    expect(secretPath('secrets/a', inUnit)).to.deep.equal({ path: '/etc/attributed/secrets/a' });
    expect(secretPath('../a', outside)).to.deep.equal({ path: '/etc/a' });
  });

  it('stands as it is if it is absolute', () => {
    expect(secretPath('/srv/a', inUnit)).to.deep.equal({ path: '/srv/a' });
  });

  it('starts at the credentials directory after %d/', () => {
    expect(secretPath('%d/a', inUnit)).to.deep.equal({ path: '/run/credentials/attributed.service/a' });
  });

  it('is unknown after %d/ outside the unit', () => {
    expect(secretPath('%d/a', outside)).to.include({ outsideUnit: true }).and.have.property('fault').that.includes('"%d/a"');
  });

  it('has no %d but at its start', () => {
    expect(secretPath('a%d/b', outside)).to.deep.equal({ path: '/etc/attributed/a%d/b' });
  });
});

describe('a secret', () => {
  it('is the content of its file without white space around it', () => {
    inFolder({ a: '\n  two words\r\n' }, (folder) => {
      expect(readSecret(join(folder, 'a'))).to.equal('two words');
    });
  });

  it('that cannot be read is told with its path and cause', () => {
    inFolder({}, (folder) => {
      const path = join(folder, 'none');
      expect(() => readSecret(path))
        .to.throw(`cannot read ${path}: ENOENT`)
        .with.property('cause')
        .that.is.instanceOf(Error);
    });
  });

  it('that is empty is told with its path', () => {
    inFolder({ a: '\n' }, (folder) => {
      expect(() => readSecret(join(folder, 'a'))).to.throw(`${folder}/a is empty, expected the secret in it`);
    });
  });
});

describe('the secrets of a webhook', () => {
  it('are the lines that are not empty, without white space around them', () => {
    expect(webhookSecrets('one')).to.deep.equal(['one']);
    expect(webhookSecrets(' first one \r\n\n\tsecond\n')).to.deep.equal(['first one', 'second']);
  });

  it('that are none, or more than two, are refused without being told', () => {
    expect(() => webhookSecrets(' \n')).to.throw('has 0 lines, expected one or two secrets');
    expect(() => webhookSecrets('hush\nhush\nhush'))
      .to.throw('has 3 lines')
      .with.property('message')
      .that.does.not.contain('hush');
  });
});
