import { expect } from 'chai';
import { proxyUrlOf } from '../../src/genesys/proxies.js';

describe('the proxy for a URL', () => {
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
      expect(proxyUrlOf(url)?.host, `${none} for ${url}`).to.equal(proxied ? 'p:1' : undefined);
    }
  });

  it('goes by it for this machine too, as other programs do', () => {
    process.env['HTTPS_PROXY'] = 'http://p:1';
    expect(proxyUrlOf('https://127.0.0.1/')?.host).to.equal('p:1');
    process.env['NO_PROXY'] = 'localhost,127.0.0.1';
    expect(proxyUrlOf('https://127.0.0.1/')).to.equal(undefined);
  });
});
