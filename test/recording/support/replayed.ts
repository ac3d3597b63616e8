import { configSchema, type Config } from '../../../src/config/schema.js';
import { systemClock, type Clock } from '../../../src/base/clock.js';
import type { Entry, Header } from '../../../src/recording/format.js';
import type { ReadLine } from '../../../src/recording/reader.js';
import { Replay } from '../../../src/recording/replay.js';
import { reportOf, type Report } from '../../../src/recording/report.js';
import type { ConfigInput } from '../../support/house.js';

export const header: Header = { attributed: '1.2.3', format: 1, started: '2026-01-01T00:00:00.000Z', topics: ['v2.x'], masked: true };

type Body = Readonly<Record<string, unknown>>;

/** A participant whose leg is connected, unless told otherwise. */
export function participant(id: string, purpose = 'customer', more: Body = {}): Body {
  return { id, purpose, state: 'connected', ani: '+15551000001', ...more };
}

/** A frame with an event of a conversation, `ms` after the start. */
export function event(
  ms: number,
  participants: readonly Body[],
  { id = 'c1', version = ms }: { id?: string; version?: number } = {},
): Entry {
  return framed(ms, { topicName: 'v2.users.u.conversations.calls', eventBody: { id, version, participants } });
}

export function framed(ms: number, frame: unknown): Entry {
  return { at: '', ms, channel: 'c', frame: frame as object };
}

export interface Options {
  config?: ConfigInput;
  lookups?: boolean;
  values?: boolean;
  speed?: number;
  clock?: Clock;
  signal?: AbortSignal;
}

export function configOf(sections: ConfigInput = {}): Config {
  return configSchema.parse({ genesys: { region: 'mypurecloud.com', clientId: 'x', clientSecretFile: 'x' }, ...sections });
}

/** A replay of lines that are in no file. */
export function replayOf(entries: readonly (Entry | { fault: string })[], options: Options = {}): Replay {
  const { config, lookups = false, values = false, speed, clock = systemClock, signal = new AbortController().signal } = options;
  return new Replay({
    recording: { header, lines: numbered(entries) },
    config: configOf(config),
    secret: () => 'X-Key: hush',
    ...{ lookups, values, speed, clock, signal },
    random: () => 0.5,
    proxyFor: () => '',
  });
}

/** Replays the lines to their end. */
export async function replayed(entries: readonly (Entry | { fault: string })[], options: Options = {}): Promise<Report> {
  const replay = replayOf(entries, options);
  await replay.run();
  return reportOf(replay, { file: 'r.ndjson', header, values: options.values ?? false });
}

async function* numbered(entries: readonly (Entry | { fault: string })[]): AsyncGenerator<ReadLine> {
  for (const [index, entry] of entries.entries()) yield await Promise.resolve({ line: index + 2, ...entry });
}
