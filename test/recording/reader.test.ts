import { join } from 'node:path';
import { expect } from 'chai';
import { lineOf, type Entry, type Header } from '../../src/recording/format.js';
import { openRecording, type ReadLine } from '../../src/recording/reader.js';
import { inFolder } from '../config/folder.js';

const header: Header = { attributed: '1.2.3', format: 1, started: '2026-01-01T00:00:00.000Z', topics: ['v2.x'], masked: true };
const entry = (ms: number, more: Record<string, unknown> = { frame: { n: ms } }): Entry =>
  ({ at: '2026-01-01T00:00:00.000Z', ms, channel: 'c', ...more }) as Entry;

async function read(text: string): Promise<{ header: Header; lines: ReadLine[] }> {
  return inFolder({ 'r.ndjson': text }, async (folder) => {
    const recording = await openRecording(join(folder, 'r.ndjson'));
    const lines: ReadLine[] = [];
    for await (const line of recording.lines) lines.push(line);
    return { header: recording.header, lines };
  });
}

async function refusal(text: string): Promise<string> {
  try {
    await read(text);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message.replace(/\S+\/r\.ndjson/, 'r.ndjson')}` : String(error);
  }
  throw new Error('it was read');
}

describe('openRecording', () => {
  it('reads what was written, line by line, with their numbers', async () => {
    const entries = [
      entry(1),
      entry(2, { text: 7 }),
      entry(2, { text: 'raw' }),
      { at: '2026-01-01T00:00:00.000Z', ms: 3, gap: true } as const,
      entry(4, { frame: null }),
      entry(5, { frame: 'a\u2028b\u2029c ☎ \n' }),
    ];
    const { header: got, lines } = await read([header, ...entries].map(lineOf).join(''));
    expect(got).to.deep.equal(header);
    expect(lines).to.deep.equal(entries.map((each, index) => ({ line: index + 2, ...each })));
  });

  it('names broken lines and goes on, also when the last one was cut', async () => {
    const good = lineOf(entry(1));
    const text = `${lineOf(header)}${good}{"at":\n\n${lineOf(entry(2, { frame: undefined }))}${good}[]\n{"at":"2026","ms":-1,"gap":true}\n${good.slice(0, 40)}`;
    const { lines } = await read(text);
    expect(lines.map((line) => [line.line, 'fault' in line ? line.fault : 'good'])).to.deep.equal([
      [2, 'good'],
      [3, 'not JSON'],
      [5, 'no frame, text or gap with its time'],
      [6, 'good'],
      [7, 'no frame, text or gap with its time'],
      [8, 'no frame, text or gap with its time'],
      [9, 'not JSON'],
    ]);
  });

  it('puts lines together that are read in parts', async () => {
    const long = entry(1, { frame: { text: 'ä'.repeat(1_400_000) } });
    const { lines } = await read([header, long, entry(2)].map(lineOf).join(''));
    expect(lines.map((line) => ('frame' in line ? JSON.stringify(line.frame).length : 0))).to.deep.equal([1_400_011, 7]);
  });

  it('refuses what is no recording, and says what to do about it', async () => {
    const newer = JSON.stringify({ attributed: '9.0.0', format: 2, other: true });
    const unnamed = 'RecordingUnusable: r.ndjson is no recording: its first line is not the header that attributed record writes';
    expect(await refusal('')).to.equal('RecordingUnusable: r.ndjson is empty: it is no recording');
    expect(await refusal('hello\n')).to.equal(unnamed);
    expect(await refusal(lineOf(entry(1)))).to.equal(unnamed);
    expect(await refusal(`${newer}\n`)).to.equal(
      'RecordingUnusable: r.ndjson is of format 2, written by attributed 9.0.0; this version reads format 1: use a newer attributed',
    );
    expect(await refusal(lineOf({ ...header, started: 'yesterday' }))).to.equal(
      'RecordingUnusable: r.ndjson: the header in line 1 is broken: started is not as expected',
    );
    expect(await refusal('x'.repeat(17 * 1024 * 1024))).to.equal(
      'RecordingUnusable: r.ndjson is no recording: it has a line of over 16777216 bytes',
    );
  });

  it('refuses a file that is not there', async () => {
    const error = await openRecording('/nowhere/r.ndjson').catch((thrown: unknown) => thrown);
    expect(String(error)).to.match(/^RecordingUnusable: cannot read \/nowhere\/r\.ndjson: ENOENT/);
  });
});
