import { expect } from 'chai';
import { proxyFromEnvironment } from '../../src/genesys/proxies.js';

describe('proxyFromEnvironment', () => {
  let before: NodeJS.ProcessEnv;

  beforeEach(() => {
    before = { ...process.env };
    for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) Reflect.deleteProperty(process.env, name);
  });

  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  });

  it('takes a host out that NO_PROXY names, in each of its forms', () => {
    process.env['https_proxy'] = 'http://p:1';
    for (const [none, url, proxied] of [
      ['', 'https://api.test/', true],
      ['api.test', 'https://api.test/', false],
      ['api.test', 'https://x.api.test/', true],
      ['.test', 'https://api.test/', false],
      ['*.test', 'https://api.test/', false],
      ['other, api.test', 'https://api.test/', false],
      ['api.test:443', 'https://api.test/', false],
      ['api.test:8443', 'https://api.test/', true],
      ['API.test', 'https://api.test/', false],
      ['*', 'https://api.test/', false],
    ] as const) {
      process.env['NO_PROXY'] = none;
      expect(proxyFromEnvironment(url), `${none} for ${url}`).to.equal(proxied ? 'http://p:1' : '');
    }
  });

  it('never asks for this machine through a proxy', () => {
    process.env['ALL_PROXY'] = 'http://p:1';
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]']) expect(proxyFromEnvironment(`http://${host}:18080/`)).to.equal('');
    expect(proxyFromEnvironment('http://127.0.0.1.test/')).to.equal('http://p:1');
  });
});
