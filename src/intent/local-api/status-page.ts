import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const script = 'text/javascript; charset=utf-8';

/** Where each file of the page is served, its name under `page/`, and its type; `npm run build` copies them beside this. */
const files = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page/icon.svg', 'icon.svg', 'image/svg+xml'],
  ['/page/main.js', 'main.js', script],
  ['/page/api.js', 'api.js', script],
  ['/page/dom.js', 'dom.js', script],
  ['/page/figures.js', 'figures.js', script],
  ['/page/plots.js', 'plots.js', script],
  ['/page/poll.js', 'poll.js', script],
  ['/page/story.js', 'story.js', script],
] as const;

/** Paths of the page: static, the same for everybody, and so open. */
export const pagePaths: readonly string[] = files.map(([path]) => path);

/** It loads nothing from elsewhere, runs nothing that stands in a text, sends no form, and stands in nobody's frame. */
const headers = {
  'content-security-policy': [
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
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // a few KB from the same machine: never those of another version
  'cache-control': 'no-store',
};

/** `GET /` and what it loads: the status page (design.md §4). Its figures come from `/status`, as any caller's. */
export function statusPageRoutes(server: FastifyInstance): void {
  for (const [path, name, type] of files) {
    const content = readFileSync(new URL(`page/${name}`, import.meta.url));
    server.get(path, async (_, reply) => reply.headers(headers).type(type).send(content));
  }
}
