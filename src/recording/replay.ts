import type { Clock } from '../base/clock.js';
import { Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import { templateParts } from '../config/expressions.js';
import type { Config } from '../config/schema.js';
import { parseHeaders } from '../config/secrets.js';
import { Registry } from '../conversation/registry.js';
import { createAgents, type Agents } from '../genesys/agents.js';
import { frameOf, type Frame } from '../genesys/frames.js';
import { exchange } from '../genesys/http.js';
import { KeptOutbox } from '../intent/kept-outbox.js';
import { RuleEngine } from '../intent/rules/engine.js';
import { MemoryStore } from '../intent/store/memory-store.js';
import type { Log } from '../observe/log.js';
import type { Entry } from './format.js';
import { InFlight } from './in-flight.js';
import type { ReadLine, Recording } from './reader.js';
import { ReplayClock } from './replay-clock.js';
import { Tally } from './tally.js';
import { AskedLookups, UnaskedLookups } from './told-lookups.js';
import { ToldExpressions, ToldLookup } from './told-rules.js';

export interface ReplayDeps {
  recording: Recording;
  config: Config;
  /** Reads a secret file of the config: the headers of lookups. */
  secret: (path: string) => string;
  /** Whether lookups are really asked. */
  lookups: boolean;
  /** Whether URLs are told with what goes into them. */
  values: boolean;
  /** Recorded time over real time; as fast as possible if not given. */
  speed?: number | undefined;
  /** Real time. */
  clock: Clock;
  random: () => number;
  /** Ends the replay early. */
  signal: AbortSignal;
  /** The proxy's URL for a URL, or an empty string; from the environment if not given. */
  proxyFor?: (url: string) => string;
}

/** A line that could not be used. */
interface Fault {
  line: number;
  error: string;
}

/** Faults of one kind: all are counted, the first ones are kept. */
export interface Faults {
  count: number;
  first: Fault[];
}

const mostFaults = 100;

/** Feeds a recording through the real decoder, registry and rules in the recording's own time. Nothing is sent to the platform. */
export class Replay {
  readonly frames: Record<Frame['kind'], number> = { event: 0, heartbeat: 0, pong: 0, closing: 0, reply: 0 };
  /** Frames that the decoder refused, and lines that are no line of a recording. */
  readonly invalid: Faults = { count: 0, first: [] };
  readonly broken: Faults = { count: 0, first: [] };
  lines = 0;
  gaps = 0;
  conversations = 0;
  /** How long the recording lasted, as far as it was replayed, in ms. */
  lasted = 0;
  readonly tally: Tally;
  readonly registry: Registry;
  readonly #deps: ReplayDeps;
  readonly #clock: ReplayClock;
  readonly #agents: Agents;
  readonly #inFlight = new InFlight();
  readonly #outbox: KeptOutbox;
  readonly #pacing: Deadlines;

  constructor(deps: ReplayDeps) {
    this.#deps = deps;
    const { config, random, signal, lookups: asked, values } = deps;
    const clock = (this.#clock = new ReplayClock(Date.parse(deps.recording.header.started)));
    const deadlines = new Deadlines(clock);
    const tally = (this.tally = new Tally(config.rules));
    const log = failuresTo(tally);
    const base = { clock, deadlines, log, random };
    this.#pacing = new Deadlines(deps.clock);
    this.#agents = createAgents(deps.proxyFor);
    this.registry = new Registry({ ...base, ...config.conversations });
    // nobody writes, so a wish is finished at once; a dead one need not wait for a person
    const { keepFinished } = config.outbox;
    const outbox = (this.#outbox = new KeptOutbox({ ...base, ...config.outbox, keepDead: keepFinished, store: new MemoryStore() }));

    const lookups = this.#lookups();
    const patience = { ...base, outbox, tally, giveUpAfter: config.write.giveUpAfter, signal };
    const shown = (name: string, url: string): string => (values ? url : withoutValues(config.lookups[name]?.url ?? ''));
    const engine = new RuleEngine({
      ...base,
      outbox,
      participant: config.write.participant,
      lookups: asked ? new AskedLookups(patience) : new UnaskedLookups({ ...patience, shown }),
      rules: config.rules.map((rule) => ({
        name: rule.name,
        when: rule.when,
        expressions: new ToldExpressions(rule, tally),
        lookup: rule.lookup === undefined ? undefined : lookups.get(rule.lookup),
      })),
    });
    engine.wishes.subscribe(({ id, conversationId, participant, rule, attributes }) => {
      outbox.update(id, { state: 'confirmed' });
      if (!('id' in participant)) return;
      const purpose = this.registry.get(conversationId)?.snapshot.participants.find((each) => each.id === participant.id)?.purpose;
      const at = new Date(clock.wall()).toISOString();
      tally.of(conversationId, rule ?? '').wish({ at, participantId: participant.id, purpose, attributes });
    });
    engine.listen(this.registry.changes);
    this.registry.changes.subscribe(({ conversation, previous }) => {
      if (previous !== undefined) return;
      this.conversations += 1;
      conversation.stream.subscribe({
        complete: () => {
          tally.forget(conversation.id);
        },
      });
    });
  }

  /** Replays to the end of the file, or until the signal. Throws `RecordingUnusable` if the file cannot be read on. */
  async run(): Promise<void> {
    const { recording, config, signal } = this.#deps;
    const started = this.#deps.clock.now();
    try {
      for await (const line of recording.lines) {
        await this.#pace(line, started);
        if (signal.aborted) break;
        await this.#take(line);
      }
      this.lasted = this.#clock.now();
      // lookups that are tried again have their time, as they would have had
      if (!signal.aborted && this.#outbox.pending > 0) await this.#advance(this.#clock.now() + config.write.giveUpAfter);
    } finally {
      this.registry.close();
      this.#agents.destroy();
      this.#pacing.clear();
    }
  }

  async #take(line: ReadLine): Promise<void> {
    this.lines += 1;
    if ('fault' in line) {
      note(this.broken, line.line, line.fault);
      return;
    }
    await this.#advance(line.ms);
    if ('gap' in line) {
      this.gaps += 1;
      this.registry.gap();
    } else this.#hear(line, line.line);
    await this.#settled();
  }

  #hear(entry: Exclude<Entry, { gap: true }>, line: number): void {
    try {
      if ('text' in entry) throw new Error('the frame is not JSON');
      const frame = frameOf(entry.frame);
      this.frames[frame.kind] += 1;
      if (frame.kind === 'event') this.registry.observe(frame.event);
    } catch (error) {
      note(this.invalid, line, messageOf(error));
    }
  }

  #advance(ms: number): Promise<void> {
    return this.#clock.advanceTo(ms, () => this.#settled());
  }

  /** Resolves when the rules have done all that needs no more time: a lookup's answer takes none. */
  async #settled(): Promise<void> {
    do await turn();
    while (await this.#inFlight.ended());
  }

  async #pace(line: ReadLine, started: number): Promise<void> {
    const { speed, clock, signal } = this.#deps;
    if (speed === undefined || 'fault' in line) return;
    const wait = started + line.ms / speed - clock.now();
    if (wait > 0) await this.#pacing.pause(wait, signal);
  }

  #lookups(): ReadonlyMap<string, ToldLookup> {
    const { config, secret, lookups: asked } = this.#deps;
    return new Map(
      Object.entries(config.lookups).map(([name, lookup]) => {
        const headers = lookup.headersFile === undefined || !asked ? {} : parseHeaders(secret(lookup.headersFile));
        return [
          name,
          new ToldLookup(
            name,
            lookup,
            {
              clock: this.#clock,
              headers,
              exchange: (request) => this.#inFlight.add(exchange(this.#agents, request)),
              metrics: { observe: () => undefined },
            },
            this.tally,
          ),
        ];
      }),
    );
  }
}

/** A lookup's URL with nothing in it of what it is asked by. */
function withoutValues(template: string): string {
  return templateParts(template)
    .map((part) => ('text' in part ? part.text : '…'))
    .join('');
}

/** A log that keeps what the report tells: which rules failed, and why. */
function failuresTo(tally: Tally): Log {
  const ignore = (): void => undefined;
  return {
    values: false,
    dropped: 0,
    error: ignore,
    info: ignore,
    debug: ignore,
    warn: (event, _, fields) => {
      if (event !== 'rule.failed' || fields === undefined) return;
      const { rule, conversationId, error } = typeof fields === 'function' ? fields() : fields;
      tally.of(String(conversationId), String(rule)).leave({ why: 'failed', detail: String(error) });
    },
    configure: ignore,
    close: () => Promise.resolve(),
  };
}

function note(faults: Faults, line: number, error: string): void {
  faults.count += 1;
  if (faults.first.length < mostFaults) faults.first.push({ line, error });
}

/** Resolves when promises that need no outside event have settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
