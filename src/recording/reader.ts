import { createReadStream } from 'node:fs';
import { messageOf } from '../base/errors.js';
import { parseEntry, parseHeader, RecordingUnusable, type Entry, type Header } from './format.js';

/** A longer line, in bytes, is no recording's: twice what a frame may have (`maxPayload` of the socket). */
const longestLine = 16 * 1024 * 1024;

/** Bytes that are read at once. */
const chunkSize = 1024 * 1024;

const newline = 10;

/** A line after the header: an entry, or what is wrong with the line. */
export type ReadLine = { line: number } & (Entry | { fault: string });

export interface Recording {
  header: Header;
  /** Line by line, as the file is read: it is never held as a whole. Throws `RecordingUnusable` if reading fails. */
  lines: AsyncIterable<ReadLine>;
}

/** Opens a recording. Throws `RecordingUnusable` if the file cannot be read, is empty or no recording, or of a newer format. */
export async function openRecording(file: string): Promise<Recording> {
  const lines = linesOf(file);
  const first = await lines.next();
  if (first.done === true) throw new RecordingUnusable(`${file} is empty: it is no recording`);
  try {
    return { header: parseHeader(file, first.value), lines: entriesOf(lines) };
  } catch (error) {
    await lines.return(undefined);
    throw error;
  }
}

async function* entriesOf(lines: AsyncIterable<string>): AsyncGenerator<ReadLine> {
  let line = 1;
  for await (const text of lines) {
    line += 1;
    if (text !== '') yield { line, ...parseEntry(text) };
  }
}

/** Lines are found in the bytes and decoded one by one: that takes a third of what splitting decoded text does. */
async function* linesOf(file: string): AsyncGenerator<string, undefined> {
  const stream: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: chunkSize });
  let rest: Buffer[] = [];
  let waiting = 0;
  try {
    for await (const chunk of stream) {
      let start = 0;
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
        const line = chunk.subarray(start, end);
        yield waiting === 0 ? line.toString('utf8') : Buffer.concat([...rest, line]).toString('utf8');
        rest = [];
        waiting = 0;
        start = end + 1;
      }
      rest.push(chunk.subarray(start));
      waiting += chunk.length - start;
      if (waiting > longestLine) throw new RecordingUnusable(`${file} is no recording: it has a line of over ${longestLine} bytes`);
    }
  } catch (error) {
    if (error instanceof RecordingUnusable) throw error;
    throw new RecordingUnusable(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  if (waiting > 0) yield Buffer.concat(rest).toString('utf8');
  return undefined;
}
