import type { Clock } from '../base/clock.js';
import type { Deadline, Deadlines } from '../base/deadlines.js';
import { messageOf } from '../base/errors.js';
import { answerFields, Refused } from '../genesys/errors.js';
import type { RestClient } from '../genesys/rest.js';
import type { Log } from '../observe/log.js';
import type { Conversation } from './conversation.js';
import type { ConversationReader } from './reader.js';
import type { Registry } from './registry.js';
import { liveConversations, placesOf } from './search.js';

/** Channels that come back together are one gap: so long is waited for the others, in ms. */
const together = 250;

/** What nobody waits for is only read while so much is left of the budget's pace: then writes have no price to pay for it. */
const leastPace = 0.75;

/** While calls are scarcer than that, how often it is looked whether they still are, in ms. */
const lookAgain = 1_000;

/** Analytics knows of a call some time after it began: it is asked once more after so long, in ms. */
const searchAgainAfter = 60_000;

export interface CatchUpDeps {
  clock: Clock;
  deadlines: Deadlines;
  log: Log;
  rest: RestClient;
  registry: Registry;
  reader: ConversationReader;
  /** Topics that are subscribed to: their queues and users are searched for calls that began unseen. */
  topics: () => readonly string[];
  /** Whether a conversation is this instance's, in a fleet; all are if not given. */
  isOwn?: (conversationId: string) => boolean;
}

/** What a gap made of one round of reading. */
interface Tally {
  /** Conversations that were read again, and those of them that the platform knows no more. */
  read: number;
  gone: number;
  /** Calls that began in the gap. */
  found: number;
}

/**
 * After a gap: reads the conversations again that nothing was heard of since, first those that somebody still needs, the
 * others as far as the budget has calls to spare; and looks for calls that began unseen.
 */
export class CatchUp {
  readonly #deps: CatchUpDeps;
  readonly #begin: Deadline;
  /** When it was last sure that no event was missed; Infinity while that is not known. */
  #since = Infinity;
  /** When the last gap was over. */
  #over = -Infinity;
  /** Which conversations the gaps concerned that are not read whole yet. */
  #concerned: ((conversationId: string) => boolean)[] = [];
  #round = new AbortController();
  /** Whether it was told that calls cannot be searched for. */
  #unsearchable = false;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
    this.#begin = deps.deadlines.idle(() => void this.#run());
  }

  /**
   * A gap is over.
   * @param since when it was last sure that no event was missed (clock's ms); undefined if it never was
   * @param isConcerned of which conversations events may have been missed; all of them if not given
   */
  start(since: number | undefined, isConcerned: (conversationId: string) => boolean = () => true): void {
    this.#concerned.push(isConcerned);
    this.#since = Math.min(this.#since, since ?? Infinity);
    this.#over = this.#deps.clock.now();
    this.#round.abort();
    this.#begin.moveTo(this.#deps.clock.now() + together);
  }

  stop(): void {
    this.#begin.cancel();
    this.#round.abort();
  }

  async #run(): Promise<void> {
    const { clock, deadlines, log, registry } = this.#deps;
    const started = clock.now();
    const since = this.#since;
    const { signal } = (this.#round = new AbortController());
    const tally: Tally = { read: 0, gone: 0, found: 0 };
    const concerned = this.#concerned;
    const isConcerned = (id: string): boolean => concerned.some((one) => one(id));
    const unheard = [...registry.all()].filter(({ id, over, lastHeard }) => !over && lastHeard <= this.#over && isConcerned(id));
    const waiting = unheard.length;
    await this.#readAgain(
      unheard.filter(({ dirty }) => dirty),
      this.#over,
      tally,
      signal,
    );
    if (since !== Infinity) await this.#search(since, tally, signal);
    // the last heard of first: what has been quiet for long has most likely missed nothing
    await this.#readAgain(unheard.filter(({ dirty }) => !dirty).reverse(), this.#over, tally, signal, true);
    if (isOver(signal)) return;
    this.#since = Infinity;
    this.#concerned = [];
    if (waiting > 0 || tally.found > 0)
      log.info('gap.read', 'what may have been missed was read', { ...tally, tookMs: Math.round(clock.now() - started) });
    if (since === Infinity) return;
    await deadlines.pause(searchAgainAfter, signal);
    await this.#search(since, tally, signal);
  }

  async #readAgain(
    conversations: readonly Conversation[],
    gapEnd: number,
    tally: Tally,
    signal: AbortSignal,
    spare = false,
  ): Promise<void> {
    const { reader, registry } = this.#deps;
    for (const conversation of conversations) {
      if (spare) await this.#untilSpare(signal);
      if (isOver(signal)) return;
      if (conversation.lastHeard > gapEnd || registry.get(conversation.id) !== conversation) continue;
      const outcome = await reader.refresh(conversation);
      if (outcome === 'read') tally.read += 1;
      if (outcome === 'gone') tally.gone += 1;
    }
  }

  async #untilSpare(signal: AbortSignal): Promise<void> {
    const { rest, deadlines } = this.#deps;
    while (rest.pace < leastPace && !isOver(signal)) await deadlines.pause(lookAgain, signal);
  }

  async #search(since: number, tally: Tally, signal: AbortSignal): Promise<void> {
    const { rest, clock, registry, reader, topics, log, isOwn = () => true } = this.#deps;
    const places = placesOf(topics());
    if (places.length === 0 || isOver(signal)) return;
    const now = clock.wall();
    const interval = { from: now - (clock.now() - since), to: now };
    try {
      for await (const id of liveConversations(rest, places, interval)) {
        if (isOver(signal)) return;
        if (registry.get(id) !== undefined || !isOwn(id)) continue;
        await this.#untilSpare(signal);
        if ((await reader.find(id)).kind === 'known') tally.found += 1;
      }
      this.#unsearchable = false;
    } catch (error) {
      if (!this.#unsearchable)
        log.warn(
          'gap.unsearched',
          'calls that began unseen cannot be searched for: they are found by their next event',
          unsearchedFields(error),
        );
      this.#unsearchable = true;
    }
  }
}

/** A newer round has begun, or it was stopped. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}

function unsearchedFields(error: unknown): Record<string, unknown> {
  return { ...(error instanceof Refused ? answerFields(error.answer) : {}), error: messageOf(error) };
}
