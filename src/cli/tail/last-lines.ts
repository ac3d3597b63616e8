import type { FileHandle } from 'node:fs/promises';

const block = 64 * 1024;

/** Where the last `count` lines of a file begin, in bytes; a last line without its end is one more. */
export async function offsetOfLast(file: FileHandle, count: number): Promise<number> {
  const buffer = Buffer.alloc(block);
  let ends = 0;
  for (let at = (await file.stat()).size; at > 0;) {
    const length = Math.min(block, at);
    const { bytesRead } = await file.read(buffer, 0, length, at - length);
    const part = buffer.subarray(0, bytesRead);
    for (let end = part.lastIndexOf(0x0a); end >= 0; end = end === 0 ? -1 : part.lastIndexOf(0x0a, end - 1)) {
      ends += 1;
      if (ends > count) return at - length + end + 1;
    }
    at -= length;
  }
  return 0;
}
