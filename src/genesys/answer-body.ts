import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, unzip } from 'node:zlib';

/** An answer larger than this is not read, in bytes: a conversation takes some kB (genesys-cloud.md §4). */
const largest = 16 * 1024 * 1024;

const unpack = { gzip: promisify(unzip), 'x-gzip': promisify(unzip), deflate: promisify(unzip), br: promisify(brotliDecompress) };

/** The whole text of an answer; unpacked, should a gateway have compressed it unasked. Throws if it is cut, or too large. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const bytes = await bytesOf(response);
  const encoding = response.headers['content-encoding'];
  const packed = bytes.length > 0 && isPacking(encoding);
  // a decoder leaves out a byte order mark, which is no JSON
  return new TextDecoder().decode(packed ? await unpack[encoding](bytes, { maxOutputLength: largest }) : bytes);
}

function isPacking(encoding: string | undefined): encoding is keyof typeof unpack {
  return encoding !== undefined && Object.hasOwn(unpack, encoding);
}

function bytesOf(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > largest) reject(new Error(`the answer is larger than the ${largest} bytes that any may have (maxContentLength)`));
    });
    response.once('end', () => {
      resolve(Buffer.concat(chunks, length));
    });
    response.once('error', reject);
  });
}
