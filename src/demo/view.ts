import { stripVTControlCharacters, styleText } from 'node:util';
import type { Call } from '../simulator/calls/call.js';
import type { Demo } from './demo.js';

/** Rows of calls that are shown at once. */
const rows = 12;

/** One frame of the live view: totals of both sides, and the calls that move. */
export function frame(demo: Demo, seconds: number): string {
  const { ours, theirs, daemon, naive } = demo;
  const calls = ours.simulator.engine.calls.filter(({ conversation }) => conversation !== undefined);
  const live = calls.filter(({ conversation }) => conversation?.endTime === undefined);
  const { figures } = daemon.outcomes;
  const naiveWritten = theirs.simulator.ledger.writes.filter(({ status }) => status < 300).length;
  const naiveConflicts = theirs.simulator.ledger.writes.filter(({ status }) => status === 409).length;
  return [
    styleText(
      'bold',
      `attributed demo   ${seconds.toFixed(0).padStart(3)} s   calls ${live.length} live, ${calls.length - live.length} ended`,
    ),
    totals('attributed', daemon.writer.pending, figures.written, figures.conflicts, 0),
    totals('naive writer', naive.working, naiveWritten, naiveConflicts, naive.givenUp),
    '',
    styleText(
      'dim',
      `  ${'call'.padEnd(10)}${'version'.padStart(8)}   ${'customer'.padEnd(12)}${'attributes: attributed'.padEnd(24)}naive writer`,
    ),
    ...live.slice(-rows).map((call) => callRow(demo, call)),
    '',
  ].join('\n');
}

/** The totals as one line of plain text, for where there is no terminal. */
export function summary(demo: Demo, seconds: number): string {
  const [head = '', ours = '', naive = ''] = frame(demo, seconds).split('\n').map(stripVTControlCharacters);
  return `${head.trim()} | ${ours.trim()} | ${naive.trim()}`.replace(/ {2,}/g, ' ');
}

function totals(name: string, waiting: number, written: number, conflicts: number, givenUp: number): string {
  const count = (label: string, value: number): string => `${label} ${String(value).padStart(4)}`;
  return `  ${name.padEnd(14)}${[count('waiting', waiting), count('written', written), count('conflicts', conflicts), count('given up', givenUp)].join('   ')}`;
}

function callRow({ ours, theirs }: Demo, { id, conversation }: Call): string {
  const wanted = Object.keys(ours.wanted.of(id)).length;
  const customer = conversation?.participants.find(({ purpose }) => purpose === 'customer');
  const twin = theirs.simulator.world.conversations.get(id)?.participants.find(({ purpose }) => purpose === 'customer');
  return `  ${id.slice(0, 8).padEnd(10)}${String(conversation?.version ?? 0).padStart(8)}   ${(customer?.ani ?? '').padEnd(13)}${progress(customer?.attributes, wanted).padEnd(23)}${progress(twin?.attributes, wanted)}`;
}

function progress(attributes: Readonly<Record<string, string>> = {}, wanted: number): string {
  return `${Object.keys(attributes).length} of ${wanted}`;
}
