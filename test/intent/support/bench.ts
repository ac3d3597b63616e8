import { Deadlines } from '../../../src/base/deadlines.js';
import type { LookupConfig, RuleConfig } from '../../../src/config/schema.js';
import type { Conversation } from '../../../src/conversation/conversation.js';
import { Registry, type EventOutcome } from '../../../src/conversation/registry.js';
import type { Wish } from '../../../src/intent/intent.js';
import { Lookup } from '../../../src/intent/lookups/lookup.js';
import { PatientLookups } from '../../../src/intent/lookups/patience.js';
import { MemoryStore } from '../../../src/intent/store/memory-store.js';
import { KeptOutbox } from '../../../src/intent/kept-outbox.js';
import { RuleEngine } from '../../../src/intent/rules/engine.js';
import { compileRules, type Rule } from '../../../src/intent/rules/rule.js';
import { FakeClock, settled } from '../../support/fake-clock.js';
import { RecordingLog } from '../../support/recording-log.js';
import { FakeCrm } from './fake-crm.js';
import { unread } from '../../support/metrics.js';

/** A participant as an event's body has it. */
export type ParticipantBody = Readonly<Record<string, unknown>>;

interface BenchOptions {
  rules: readonly RuleConfig[];
  /** URL templates of lookups by name. */
  lookups?: Readonly<Record<string, string>>;
  participant?: string;
  values?: boolean;
}

/** How long a conversation is kept after its end on the bench, in ms. */
export const forgetAfter = 600_000;

/** Age at which the bench gives an intent up, in ms. */
export const giveUpAfter = 900_000;

const cache = { max: 100, ttl: 60_000 };

export function lookupConfig(url: string, options: Partial<LookupConfig> = {}): LookupConfig {
  return { url, timeout: 3_000, cache, ...options };
}

/** A participant whose leg is connected, unless told otherwise. */
export function participant(id: string, purpose = 'customer', more: ParticipantBody = {}): ParticipantBody {
  return { id, purpose, state: 'connected', ...more };
}

export function ended(body: ParticipantBody): ParticipantBody {
  return { ...body, state: 'terminated', endTime: '2026-01-01T00:00:00Z' };
}

/** The rules with a real registry before them, a real outbox behind them, and a CRM that the test answers for. */
export class Bench {
  readonly clock = new FakeClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly crm = new FakeCrm();
  readonly log: RecordingLog;
  readonly outbox: KeptOutbox;
  readonly registry: Registry;
  readonly rules: readonly Rule[];
  readonly lookups: PatientLookups;
  readonly engine: RuleEngine;
  readonly stop = new AbortController();
  readonly wishes: Wish[] = [];
  #version = 0;
  #last: Readonly<Record<string, unknown>> = {};

  constructor({ rules, lookups = {}, participant: purpose = 'customer', values = false }: BenchOptions) {
    const { clock, deadlines, crm } = this;
    this.log = new RecordingLog({ values });
    const base = { clock, deadlines, log: this.log, random: () => 0.5 };
    this.outbox = new KeptOutbox({
      ...base,
      keepFinished: 3_600_000,
      keepDead: 30 * 86_400_000,
      maxBytes: 1024 ** 3,
      store: new MemoryStore(),
    });
    this.registry = new Registry({ ...base, max: 1_000, forgetAfter });
    const compiled = Object.entries(lookups).map(
      ([name, url]) =>
        [name, new Lookup(name, lookupConfig(url), { exchange: crm.exchange, clock, headers: {}, metrics: unread() })] as const,
    );
    this.rules = compileRules(rules, new Map(compiled));
    this.lookups = new PatientLookups({ ...base, outbox: this.outbox, giveUpAfter, signal: this.stop.signal });
    this.engine = this.engineOf(this.rules, purpose);
    this.engine.wishes.subscribe((wish) => this.wishes.push(wish));
    this.engine.listen(this.registry.changes);
  }

  /** Another engine on the same outbox, listening to nothing yet. */
  engineOf(rules: readonly Rule[], purpose = 'customer'): RuleEngine {
    const { clock, log, outbox, lookups } = this;
    return new RuleEngine({ clock, log, outbox, lookups, rules, participant: purpose });
  }

  /** An event with a newer version of a conversation; resolves when the rules have seen it. */
  async tell(participants: readonly ParticipantBody[], more: Readonly<Record<string, unknown>> = {}): Promise<EventOutcome> {
    this.#version += 1;
    return this.#observe({ id: 'c1', version: this.#version, participants, ...more });
  }

  /** The last event comes once more. */
  async repeat(): Promise<EventOutcome> {
    return this.#observe(this.#last);
  }

  /** What was wished for, oldest first. */
  get wished(): Readonly<Record<string, string>>[] {
    return this.wishes.map(({ attributes }) => attributes);
  }

  conversation(id = 'c1'): Conversation {
    const conversation = this.registry.get(id);
    if (conversation === undefined) throw new Error(`conversation ${id} is not known`);
    return conversation;
  }

  async #observe(eventBody: Readonly<Record<string, unknown>>): Promise<EventOutcome> {
    this.#last = eventBody;
    const outcome = this.registry.observe({ topicName: 'v2.users.u1.conversations', eventBody, metadata: {} });
    await settled();
    return outcome;
  }
}
