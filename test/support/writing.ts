import type { Observable } from 'rxjs';
import type { Clock } from '../../src/base/clock.js';
import { Deadlines } from '../../src/base/deadlines.js';
import { Registry } from '../../src/conversation/registry.js';
import { ConversationReader } from '../../src/conversation/reader.js';
import type { Answer } from '../../src/genesys/answer.js';
import { Budget } from '../../src/genesys/budget.js';
import type { HttpRequest } from '../../src/genesys/http.js';
import { RestClient } from '../../src/genesys/rest.js';
import { TokenSource } from '../../src/genesys/token.js';
import { MemoryStore } from '../../src/intent/store/memory-store.js';
import type { IntentStore } from '../../src/intent/store/store.js';
import { KeptOutbox } from '../../src/intent/kept-outbox.js';
import type { Intent, Wish } from '../../src/intent/intent.js';
import { Outcomes } from '../../src/write/outcome.js';
import type { WriteSettings } from '../../src/write/pipeline.js';
import type { ConfirmationSettings } from '../../src/write/confirmation.js';
import { targets } from '../../src/write/targets/targets.js';
import { alone, type Tenure } from '../../src/write/tenure.js';
import { Writer } from '../../src/write/writer.js';
import type { Log } from '../../src/observe/log.js';
import { FakeClock, settled } from './fake-clock.js';
import { FakePlatform, type PlatformOptions } from './fake-platform.js';
import type { FleetWriter } from './fleet.js';
import { unread } from './metrics.js';
import { RecordingLog } from './recording-log.js';

export interface WritingOptions extends Omit<PlatformOptions, 'clock'> {
  settings?: Partial<WriteSettings & ConfirmationSettings>;
  target?: 'voice' | 'voice-conversation';
  perMinute?: number;
  /** Share of them that is kept for token and channel calls. */
  reserve?: number;
  random?: () => number;
  values?: boolean;
  /** In place of the one fake call. */
  exchange?: (request: HttpRequest) => Promise<Answer>;
  /** Emits when the platform can be reached again. */
  recovered?: Observable<void>;
  /** How events tell the version. */
  events?: 'version' | 'etag' | 'none';
  /** How long finished intents are kept, in ms. */
  keepFinished?: number;
  /** Conversations held at most. */
  max?: number;
  clock?: FakeClock;
  /** Whose the conversations are to write; this one's for ever if not given. */
  tenure?: Tenure;
  /** In place of the one that keeps its lines. */
  log?: Log;
}

/** What outlives a process: time, the platform, and the disk. */
export interface World {
  clock: FakeClock;
  platform: FakePlatform;
  store: IntentStore;
}

/** The write room with everything under it, on a fake clock and a fake platform. */
export class Writing {
  readonly clock: FakeClock;
  readonly deadlines: Deadlines;
  readonly store: IntentStore;
  readonly log: RecordingLog;
  readonly platform: FakePlatform;
  readonly budget: Budget;
  readonly registry: Registry;
  readonly outbox: KeptOutbox;
  readonly outcomes: Outcomes;
  readonly writer: Writer;
  /** Called with each answer that the process hears. */
  onAnswer: (answer: Answer) => void = () => undefined;
  readonly #events: 'version' | 'etag' | 'none';
  #killed = false;

  /** @param world that of an earlier process; without it a new one */
  constructor(
    {
      settings,
      target = 'voice',
      perMinute = 100_000,
      reserve = 0.1,
      random = () => 0.5,
      values = false,
      events = 'version',
      recovered,
      exchange,
      keepFinished = 3_600_000,
      max = 1_000,
      clock: own = new FakeClock(),
      tenure = alone,
      log,
      ...platform
    }: WritingOptions = {},
    world?: World,
  ) {
    this.clock = world?.clock ?? own;
    const clock = this.#mortalClock();
    const deadlines = (this.deadlines = new Deadlines(clock));
    this.#events = events;
    this.log = new RecordingLog({ values });
    const base = { clock, deadlines, log: log ?? this.log, random };
    this.platform = world?.platform ?? new FakePlatform({ clock: this.clock, ...platform });
    this.store = world?.store ?? new MemoryStore();
    const send = exchange ?? ((request: HttpRequest): Promise<Answer> => this.#exchange(request));
    const budget = (this.budget = new Budget(base, { perMinute, reserve }));
    const token = new TokenSource({
      ...base,
      budget,
      exchange: send,
      loginUrl: 'http://login',
      clientId: 'id',
      clientSecret: () => 'secret',
      timeout: 1_000,
    });
    const rest = new RestClient({ budget, token, exchange: send, apiUrl: 'http://api', timeout: 1_000 });
    this.registry = new Registry({ ...base, max, forgetAfter: 600_000 });
    this.outbox = new KeptOutbox({
      ...base,
      keepFinished,
      keepDead: 30 * 86_400_000,
      maxBytes: 1024 ** 3,
      store: this.store,
    });
    this.outcomes = new Outcomes({ ...base, outbox: this.outbox, metrics: unread() });
    const reader = new ConversationReader({ rest, registry: this.registry, path: targets[target].conversationPath });
    const timing = {
      enabled: true,
      policy: 'adaptive',
      quiet: 150,
      maxWait: 2_000,
      giveUpAfter: 900_000,
      confirmWithin: 10_000,
      reassert: 3,
      ...settings,
    } as const;
    this.writer = new Writer({
      ...base,
      rest,
      reader,
      target: targets[target],
      settings: timing,
      outcomes: this.outcomes,
      registry: this.registry,
      tenure,
      ...(recovered === undefined ? {} : { recovered }),
    });
  }

  /** The process dies: it does nothing any more, and what is under way of it goes on without it. */
  kill(): World {
    this.#killed = true;
    return this;
  }

  /** Takes up what an earlier process left on the disk, as the daemon does at its start. */
  recover(): void {
    this.registry.changes.subscribe(({ conversation, previous }) => {
      if (previous === undefined) this.writer.resume(conversation, this.outbox.of(conversation.id));
    });
    for (const intent of this.outbox.open()) {
      const { attributes } = intent;
      if (attributes !== undefined) this.writer.submit({ ...intent, attributes });
    }
  }

  /** It ends: nothing of it runs any more. */
  async end(): Promise<void> {
    const drained = this.writer.drain(0);
    await this.clock.advance(0);
    await drained;
    this.registry.close();
    this.deadlines.clear();
  }

  /** An event arrives that shows some attributes of a participant, and nothing else. */
  part(attributes: Record<string, string>, { version = this.platform.version, participantId = this.platform.participantId } = {}): void {
    const { conversationId } = this.platform;
    this.registry.observe({
      topicName: `v2.detail.events.conversation.${conversationId}.attributes`,
      eventBody: { conversationId, participantId, attributes, ...(this.#events === 'version' ? { version } : {}) },
      metadata: {},
    });
  }

  /** An event arrives that shows the platform as it is now, or as it was at an earlier version. */
  event({ version = this.platform.version, attributes = this.platform.attributes, state = this.platform.state } = {}): void {
    const { conversationId, participantId, participants } = this.platform;
    const all = [...new Map([...participants, [participantId, attributes]])];
    const told = { version: { version }, etag: { etag: this.platform.etag(version) }, none: {} }[this.#events];
    this.registry.observe({
      topicName: 'v2.routing.queues.q.conversations.calls',
      eventBody: {
        id: conversationId,
        participants: all.map(([id, values]) => ({ id, purpose: 'customer', state, attributes: { ...values } })),
        ...told,
      },
      metadata: {},
    });
  }

  /** The call is known and has been calm for long. */
  async known(): Promise<void> {
    this.event();
    await this.clock.advance(10_000);
  }

  /** Somebody wishes attributes; resolves when the wish is accepted and handed over. */
  async wish(
    attributes: Record<string, string>,
    participant: Wish['participant'] = { id: this.platform.participantId },
    conversationId = this.platform.conversationId,
  ): Promise<Intent> {
    const intent = await this.outbox.accept({ conversationId, participant, attributes });
    if (intent === undefined) throw new Error('not accepted');
    this.writer.submit({ ...intent, attributes });
    await settled();
    return intent;
  }

  /** It, as the writer of a fleet whose `exchange` it was given. */
  ofFleet(): FleetWriter {
    return {
      wish: ({ id, participantId }, key, value) => void this.wish({ [key]: value }, { id: participantId }, id),
      event: ({ id, participantId }, version, attributes) => {
        this.registry.observe({
          topicName: 'v2.routing.queues.q.conversations.calls',
          eventBody: { id, version, participants: [{ id: participantId, purpose: 'customer', state: 'connected', attributes }] },
          metadata: {},
        });
      },
    };
  }

  state(intent: Intent): string | undefined {
    return this.outbox.get(intent.id)?.state;
  }

  #mortalClock(): Clock {
    const { clock } = this;
    return {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (delay, run) =>
        clock.after(delay, () => {
          if (!this.#killed) run();
        }),
    };
  }

  /** An exchange that dies with the process: what it has sent reaches the platform, and nobody hears the answer. */
  #exchange(request: HttpRequest): Promise<Answer> {
    const { compose } = request;
    const mortal = compose === undefined ? request : { ...request, compose: () => (this.#killed ? undefined : compose()) };
    return new Promise((resolve, reject) => {
      this.platform.exchange(mortal).then(
        (answer) => {
          if (this.#killed) return;
          this.onAnswer(answer);
          resolve(answer);
        },
        (error: unknown) => {
          if (!this.#killed) reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }
}
