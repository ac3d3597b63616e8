import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { pagePaths } from '../../../src/intent/local-api/status-page.js';
import { Api } from '../support/api.js';

const folder = new URL('../../../src/intent/local-api/page/', import.meta.url);
const names = readdirSync(folder);
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

describe('the status page', () => {
  let api: Api;

  const open = async (options: ConstructorParameters<typeof Api>[0] = {}): Promise<void> => {
    api = await new Api(options).open();
  };
  afterEach(() => api.close());

  describe('is served', () => {
    it('whole: each of its files, with its type, and nothing that is not its own', async () => {
      await open();
      expect(pagePaths.map((path) => (path === '/' ? 'index.html' : path.replace('/page/', '')))).to.have.members(names);
      const types: Record<string, string> = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };
      for (const path of pagePaths) {
        const name = path === '/' ? 'index.html' : path.replace('/page/', '');
        const { status, headers, text } = await api.call(path);
        expect(status, path).to.equal(200);
        expect(text, path).to.equal(textOf(name));
        expect(headers['content-type']?.split(';')[0], path).to.equal(types[name.split('.')[1] ?? '']);
      }
      for (const path of [
        '/page',
        '/page/',
        '/page/guard.js',
        '/page/../server.js',
        '/page/%2e%2e/server.js',
        '/page/main.js/',
        '/index.html',
      ])
        expect((await api.call(path)).status, path).to.equal(404);
    });

    it('without a token, while its figures need it', async () => {
      await open({ token: 'secret' });
      for (const path of [...pagePaths, '/?x=1']) expect((await api.call(path)).status, path).to.equal(200);
      for (const path of ['/status', '/conversations/c1?says=true', '/page/nothing.js'])
        expect((await api.call(path)).status, path).to.equal(401);
    });

    it('to its own host and origin only', async () => {
      await open();
      for (const path of pagePaths) {
        expect((await api.call(path, { headers: { host: 'evil.example' } })).status, path).to.equal(403);
        expect((await api.call(path, { headers: { origin: 'http://evil.example' } })).status, path).to.equal(403);
        expect((await api.call(path, { headers: { origin: `http://${api.address}`, host: api.address } })).status, path).to.equal(200);
      }
    });

    it('to GET and HEAD only', async () => {
      await open();
      const [get, head] = [await api.call('/'), await api.call('/', { method: 'HEAD' })];
      expect(head).to.include({ status: 200, text: '' });
      for (const name of ['content-type', 'content-length', 'content-security-policy'])
        expect(head.headers[name], name).to.equal(get.headers[name]).and.not.to.equal(undefined);
      for (const method of ['POST', 'PUT', 'DELETE']) expect((await api.call('/', { method })).status, method).to.equal(404);
    });
  });

  describe('forbids the browser', () => {
    it('whatever it does not need: other hosts, inline scripts and styles, frames, forms, markup from text, keeping it', async () => {
      await open();
      for (const path of pagePaths) {
        const { headers } = await api.call(path);
        expect(headers, path).to.include({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'same-origin',
          'cache-control': 'no-store',
        });
        const policy = String(headers['content-security-policy']).split('; ');
        expect(policy, path).to.have.members([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self'",
          "connect-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
          "require-trusted-types-for 'script'",
          "trusted-types 'none'",
        ]);
      }
    });
  });

  // what the headers forbid would break it: these say where
  describe('needs nothing', () => {
    it('from outside: it names no other host, and loads only what is served here', async () => {
      await open();
      for (const name of names) {
        const text = textOf(name).replaceAll('http://www.w3.org/2000/svg', '');
        expect(text, name).not.to.match(/https?:\/\/|["'(]\/\//);
        const loaded = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path = '']) => path);
        const imported = [...text.matchAll(/from '\.\/([^']*)'/g)].map(([, path = '']) => `/page/${path}`);
        expect(pagePaths, name).to.include.members([...loaded, ...imported]);
      }
    });

    it('inline, and never makes markup of a text', async () => {
      await open();
      const html = textOf('index.html');
      expect(html).not.to.match(/\son[a-z]+=|\sstyle=|<style|<script(?![^>]*\ssrc=)/);
      for (const name of names)
        expect(textOf(name), name).not.to.match(
          /innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|[sS]tyle\.|setAttribute\('(style|on)/,
        );
    });

    it('but what it asks for with GET', async () => {
      await open();
      for (const name of names) expect(textOf(name), name).not.to.match(/method:/);
      expect(names.filter((name) => textOf(name).includes('fetch('))).to.deep.equal(['api.js']);
    });

    it('that a screen reader could not tell: each input has a label, each section a title', async () => {
      await open();
      const html = textOf('index.html');
      const ids = (pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, id = '']) => id);
      expect(ids(/<label for="([^"]*)"/g))
        .to.have.members(ids(/<input id="([^"]*)"/g))
        .and.to.have.length(2);
      for (const id of ids(/aria-(?:labelledby|describedby)="([^"]*)"/g)) expect(html).to.contain(` id="${id}"`);
    });
  });
});
