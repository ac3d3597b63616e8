import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { systemClock } from '../../src/base/clock.js';
import { Deadlines } from '../../src/base/deadlines.js';
import { pump } from '../../src/cli/tail/pump.js';
import { Tail, type Show } from '../../src/cli/tail/tail.js';
import type { Section } from './report.js';

/** Calls of one wish each, with a conflict: six lines of 340 bytes or so. */
const calls = 20_000;

const id = (of: string): string =>
  createHash('md5')
    .update(of)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

function linesOf(call: number): string[] {
  const conversationId = id(`call ${call}`);
  const intentId = id(`wish ${call}`);
  const correlationId = id(`answer ${call}`);
  const write = { conversationId, participantId: id(`leg ${call}`), intentIds: [intentId], keys: ['crmCustomerId', 'priorityLevel'] };
  const line = (ms: number, level: string, event: string, fields: Record<string, unknown>): string =>
    `${JSON.stringify({ timestamp: new Date(call * 10 + ms).toISOString(), level, event, message: 'what an operator reads of it', ...fields })}\n`;
  return [
    line(0, 'info', 'conversation.started', { conversationId, version: 4 }),
    line(1, 'info', 'intent.accepted', { intentId, conversationId, participantId: write.participantId, rule: 'customer-tier' }),
    line(50, 'debug', 'write.sent', { ...write, etag: '"4"', attempt: 1, waitedMs: 49 }),
    line(120, 'info', 'write.conflict', { ...write, etag: '"4"', attempt: 1, currentEtag: '"6"', status: 409, correlationId, tookMs: 70 }),
    line(200, 'info', 'write.applied', { ...write, etag: '"7"', attempt: 2, status: 200, correlationId, waitedMs: 120, tookMs: 80 }),
    line(210, 'info', 'intent.confirmed', { intentId, conversationId }),
  ];
}

/** Lines that a tail shows in a second, and in a second of the processor's time, on a terminal of 80 columns that takes them at once. */
async function measure(show: Show, chunks: readonly Buffer[], lines: number): Promise<{ wall: number; processor: number }> {
  const out = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const deadlines = new Deadlines(systemClock);
  const started = systemClock.now();
  const before = process.cpuUsage();
  await pump({
    source: (async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    })(),
    tail: new Tail({ show, filter: () => true, narrow: false, look: () => ({ paint: (_, text) => text, width: 80 }) }),
    out,
    clock: systemClock,
    deadlines,
    live: true,
    signal: new AbortController().signal,
  });
  deadlines.clear();
  const { user, system } = process.cpuUsage(before);
  return { wall: lines / ((systemClock.now() - started) / 1_000), processor: lines / ((user + system) / 1_000_000) };
}

/** How many lines `attributed tail` shows in a second. */
export async function tail(): Promise<Section> {
  const lines = Array.from({ length: calls }, (_, call) => linesOf(call)).flat();
  const bytes = Buffer.from(lines.join(''));
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) => bytes.subarray(at * 65_536, (at + 1) * 65_536));
  const rounded = (value: number): string => Math.round(value).toLocaleString('en');
  const rows: string[][] = [];
  for (const show of ['all', 'stories', 'json'] as const) {
    const { wall, processor } = await measure(show, chunks, lines.length);
    rows.push([show, rounded(wall), rounded(processor)]);
  }
  return {
    title: 'Tail: lines a second',
    about: `${lines.length} lines of 340 bytes or so, on a terminal of 80 columns that takes them at once.`,
    columns: ['shows', 'lines a second', 'lines a second of the processor'],
    rows,
    notes: [],
  };
}
