import http from 'node:http';
import axios from 'axios';
import { createAgents } from '../../../src/genesys/agents.js';
import { exchange } from '../../../src/genesys/http.js';
import { library } from '../library.js';

/** Sends one PATCH with an ETag of its own; resolves with the status and the answer's ETag, its body parsed. */
export type Patch = (etag: string) => Promise<{ status: number; etag: string | undefined; body: unknown }>;

/** What is sent, to `url`. */
export interface Task {
  url: string;
  body: string;
  headers: Record<string, string>;
  timeout: number;
}

/** What is used of undici's `request`. */
type UndiciRequest = (
  url: string,
  options: Record<string, unknown>,
) => Promise<{ statusCode: number; headers: Record<string, string>; body: { json: () => Promise<unknown> } }>;

interface Undici {
  Agent: new (options: Record<string, unknown>) => unknown;
  request: UndiciRequest;
}

/** Undefined where its library is not installed. */
export const contenders = {
  /** What the daemon sends with: the ETag is asked for when the connected socket is there. */
  exchange: ({ url, body, headers, timeout }) => {
    const agents = createAgents(() => '');
    const { 'content-type': type = '', ...others } = headers;
    return async (etag) => {
      const compose = (): { headers: Record<string, string>; body: string } => ({
        headers: { 'content-type': type, 'if-match': etag },
        body,
      });
      const answer = await exchange(agents, { method: 'PATCH', url, timeout, headers: others, compose });
      return { status: answer.status, etag: answer.headers['etag'], body: answer.body };
    };
  },

  /** As one writes it: an instance with a kept-alive agent; the ETag is fixed before a connection stands. */
  axios: ({ url, body, headers, timeout }) => {
    const client = axios.create({ httpAgent: new http.Agent({ keepAlive: true }), proxy: false, timeout, validateStatus: () => true });
    return async (etag) => {
      const answer = await client.patch<unknown>(url, body, { headers: { ...headers, 'if-match': etag } });
      return { status: answer.status, etag: String(answer.headers['etag']), body: answer.data };
    };
  },

  /** The least that Node's own client costs. */
  'http.request': ({ url, body, headers, timeout }) => {
    const agent = new http.Agent({ keepAlive: true });
    return (etag) =>
      new Promise((resolve, reject) => {
        const length = { 'content-length': Buffer.byteLength(body) };
        const request = http.request(
          url,
          { method: 'PATCH', agent, timeout, headers: { ...headers, ...length, 'if-match': etag } },
          (answer) => {
            let text = '';
            answer.setEncoding('utf8');
            answer.on('data', (part: string) => (text += part));
            answer.once('end', () => {
              resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag, body: JSON.parse(text) as unknown });
            });
          },
        );
        request.once('error', reject).end(body);
      });
  },

  'undici.request': ({ url, body, headers, timeout }) => {
    const undici = library('undici') as Undici | undefined;
    if (undici === undefined) return undefined;
    const dispatcher = new undici.Agent({ headersTimeout: timeout, bodyTimeout: timeout });
    return async (etag) => {
      const answer = await undici.request(url, { method: 'PATCH', dispatcher, body, headers: { ...headers, 'if-match': etag } });
      return { status: answer.statusCode, etag: answer.headers['etag'], body: await answer.body.json() };
    };
  },

  fetch: ({ url, body, headers, timeout }) => {
    return async (etag) => {
      const answer = await fetch(url, {
        method: 'PATCH',
        body,
        headers: { ...headers, 'if-match': etag },
        signal: AbortSignal.timeout(timeout),
      });
      return { status: answer.status, etag: answer.headers.get('etag') ?? undefined, body: await answer.json() };
    };
  },
} satisfies Record<string, (task: Task) => Patch | undefined>;

export type ContenderName = keyof typeof contenders;
