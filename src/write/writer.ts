import { setMaxListeners } from 'node:events';
import { filter, firstValueFrom, from, map, race } from 'rxjs';
import { fullJitter } from '../base/backoff.js';
import type { Conversation } from '../conversation/conversation.js';
import type { ConversationReader } from '../conversation/reader.js';
import type { Registry } from '../conversation/registry.js';
import { isOver, participantOf } from '../conversation/snapshot.js';
import { isHopeless } from '../genesys/errors.js';
import { waitingSince, type Intent, type Wish } from '../intent/intent.js';
import { afterFailure, backOff } from './back-off.js';
import { LearntWaits } from './learnt-waits.js';
import { reasonOf } from './outcome.js';
import { Precedence } from './precedence.js';
import { Confirmation, type ConfirmationSettings } from './confirmation.js';
import { Pipeline, type PipelineDeps, type WriteSettings } from './pipeline.js';
import { confirmedBefore } from './resumed.js';
import { Diagnosis } from './targets/diagnosis.js';

export type WriterSettings = WriteSettings & ConfirmationSettings;

export interface WriterDeps extends Omit<PipelineDeps, 'precedence' | 'diagnosis' | 'settings' | 'waits'> {
  reader: ConversationReader;
  /** Where bursts of events and delays are told: it learns from them when to write. */
  registry: Pick<Registry, 'bursts' | 'delays'>;
  settings: WriterSettings;
}

/** Hands each wish to the pipeline of the resource that it is for; a pipeline exists only while it has something to write. */
export class Writer {
  readonly #deps: WriterDeps & PipelineDeps;
  readonly #pipelines = new Map<string, Pipeline>();
  /** Those that were abandoned and have not ended yet: what comes anew for their resources is not theirs. */
  readonly #leaving = new Set<Pipeline>();
  readonly #confirmations = new Map<string, Confirmation>();
  readonly #unaddressed = new Map<string, Wish>();
  readonly #stop = new AbortController();
  #draining = false;
  #onIdle: () => void = () => undefined;

  constructor(deps: WriterDeps) {
    // each pipeline and each wish without an address listens to it, and lets go of it
    setMaxListeners(0, this.#stop.signal);
    const { random, registry } = deps;
    const waits = new LearntWaits({ random, delays: registry.delays });
    registry.bursts.ended.subscribe((burst) => {
      waits.learn(burst);
    });
    this.#deps = { ...deps, settings: { ...deps.settings }, precedence: new Precedence(), diagnosis: new Diagnosis(deps), waits };
  }

  /**
   * Counts at once for all that waits: what is held may go, what waits for calm or the budget is judged anew. A request on
   * the wire goes on; what was written before is read back when that was planned, and a wish that waits for its participant
   * does so as long as it was told.
   */
  configure(settings: WriterSettings): void {
    const { enabled, policy, quiet, maxWait, giveUpAfter, confirmWithin, reassert } = settings;
    // the same object, as pipelines and confirmations have it
    Object.assign(this.#deps.settings, { enabled, policy, quiet, maxWait, giveUpAfter, confirmWithin, reassert });
    for (const pipeline of this.#pipelines.values()) pipeline.reconsider();
  }

  /** Pipelines at work. */
  get pipelines(): IterableIterator<Pipeline> {
    return this.#pipelines.values();
  }

  /** Wishes that are not home yet. */
  get pending(): number {
    return this.#unaddressed.size + [...this.#pipelines.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Values that were written and that nothing has shown yet. */
  get unconfirmed(): number {
    return [...this.#confirmations.values()].reduce((sum, { unproven }) => sum + unproven, 0);
  }

  /** Conversations have become another instance's: nothing more of them is begun, watched or told. */
  abandon(isGone: (conversationId: string) => boolean): void {
    for (const [key, pipeline] of this.#pipelines) {
      if (!isGone(pipeline.conversationId)) continue;
      pipeline.abandon();
      // it may wait for long yet, and the conversation may be this instance's again before that
      this.#pipelines.delete(key);
      this.#leaving.add(pipeline);
    }
    for (const [conversationId, confirmation] of this.#confirmations) {
      if (!isGone(conversationId)) continue;
      confirmation.stop();
      this.#confirmations.delete(conversationId);
    }
  }

  /** Requests that are under way for conversations. */
  underWay(isAsked: (conversationId: string) => boolean): number {
    const all = [...this.#pipelines.values(), ...this.#leaving];
    return all.filter(({ conversationId, state }) => state.at === 'sending' && isAsked(conversationId)).length;
  }

  /** Takes a wish in. What becomes of it is told by its state in the outbox and by the log. */
  submit(wish: Wish): void {
    this.#unaddressed.set(wish.id, wish);
    void this.#address(wish).finally(() => {
      this.#unaddressed.delete(wish.id);
      this.#idle();
    });
  }

  /** Watches again what an earlier run had confirmed in a conversation, when it is first seen. */
  resume(conversation: Conversation, intents: readonly Intent[]): void {
    const batch = confirmedBefore(intents);
    if (batch.size === 0 || conversation.over || this.#deps.target.holder === 'conversation') return;
    this.#deps.precedence.home(conversation, batch);
    this.#confirmationOf(conversation).resume(batch);
  }

  /** Writes what waits, for at most `ms`; then stops. Resolves with the number of wishes that are left. */
  async drain(ms: number): Promise<number> {
    this.#draining = true;
    for (const pipeline of this.#pipelines.values()) pipeline.drain();
    const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#idle();
    const timeout = new AbortController();
    await Promise.race([idle, this.#deps.deadlines.pause(ms, timeout.signal)]);
    timeout.abort();
    const left = this.pending;
    this.#stop.abort();
    for (const confirmation of this.#confirmations.values()) confirmation.stop();
    return left;
  }

  async #address(wish: Wish): Promise<void> {
    const fence = this.#deps.tenure.fence(wish.conversationId);
    const conversation = await this.conversationOf(wish);
    if (conversation === undefined || !this.#isStill(wish, fence)) return;
    const release = conversation.hold();
    try {
      const participantId = await this.#participantOf(wish, conversation);
      if (participantId !== undefined && this.#isStill(wish, fence))
        this.#pipelineFor(conversation, participantId).add(wish, participantId);
    } finally {
      release();
    }
  }

  /** Whether its conversation is this instance's under the same lease: who takes it anew is handed all that is not finished. */
  #isStill({ conversationId }: Intent, fence: number | undefined): boolean {
    const { tenure } = this.#deps;
    return tenure.owns(conversationId) && tenure.fence(conversationId) === fence;
  }

  /** The conversation of an intent, read if need be; undefined if the intent is given up or the daemon stops. */
  async conversationOf(intent: Intent): Promise<Conversation | undefined> {
    const { reader, outcomes, random, clock, settings } = this.#deps;
    const fence = this.#deps.tenure.fence(intent.conversationId);
    for (let failures = 0; !this.#stop.signal.aborted && this.#isStill(intent, fence); failures += 1) {
      const found = await reader.find(intent.conversationId);
      if (found.kind === 'known') return found.conversation;
      const { error } = found;
      const hopeless = found.kind === 'gone' || isHopeless(error);
      if (hopeless || clock.wall() - waitingSince(intent) > settings.giveUpAfter) {
        // an earlier run may have written it
        if (intent.state === 'applied') outcomes.unconfirmed(intent, error);
        else outcomes.dead([intent], reasonOf(error));
        return undefined;
      }
      await backOff(this.#deps, fullJitter(afterFailure, failures, random), error, this.#stop.signal);
    }
    return undefined;
  }

  /** The participant that a wish is for; waits for one of its purpose until the call ends or the wish is given up. */
  async #participantOf(wish: Wish, conversation: Conversation): Promise<string | undefined> {
    if (this.#deps.target.holder === 'conversation') return '';
    if ('id' in wish.participant) return wish.participant.id;
    const { purpose } = wish.participant;
    const { outcomes, deadlines, clock, settings } = this.#deps;
    const over = new AbortController();
    // by hand: AbortSignal.any would leave something on the long-lived one for each wish (Node 20)
    const end = (): void => {
      over.abort();
    };
    this.#stop.signal.addEventListener('abort', end);
    if (this.#stop.signal.aborted) end();
    const late = deadlines.pause(waitingSince(wish) + settings.giveUpAfter - clock.wall(), over.signal);
    const seen = conversation.stream.pipe(
      map((snapshot) => ({ id: participantOf(snapshot, purpose)?.id, why: isOver(snapshot) ? 'the call has ended' : undefined })),
      filter(({ id, why }) => id !== undefined || why !== undefined),
    );
    const tooLate = from(late).pipe(map(() => ({ id: undefined, why: 'none came within write.giveUpAfter' })));
    const { id, why = 'the conversation is forgotten' } = await firstValueFrom(race(seen, tooLate));
    end();
    this.#stop.signal.removeEventListener('abort', end);
    if (id === undefined && !this.#stop.signal.aborted)
      outcomes.dead([wish], { what: `there is no participant of purpose ${purpose}, and ${why}` });
    return id;
  }

  #pipelineFor(conversation: Conversation, participantId: string): Pipeline {
    const resource = this.#deps.target.resource(participantId);
    const key = resource === 'conversation' ? conversation.id : `${conversation.id}/${resource.participant}`;
    const known = this.#pipelines.get(key);
    if (known !== undefined) return known;
    const pipeline: Pipeline = new Pipeline(this.#deps, conversation, resource, {
      confirmation: this.#confirmationOf(conversation),
      stop: this.#stop.signal,
      onDone: () => {
        if (!this.#leaving.delete(pipeline)) this.#pipelines.delete(key);
        this.#idle();
      },
    });
    this.#pipelines.set(key, pipeline);
    if (this.#draining) pipeline.drain();
    // it starts in a later turn, when the first wish is in it
    queueMicrotask(() => void pipeline.run());
    return pipeline;
  }

  #confirmationOf(conversation: Conversation): Confirmation {
    const known = this.#confirmations.get(conversation.id);
    if (known !== undefined) return known;
    const again = (participantId: string, wish: Wish): void => {
      this.#pipelineFor(conversation, participantId).add(wish, participantId);
    };
    const confirmation = new Confirmation({ ...this.#deps, again }, conversation, () => this.#confirmations.delete(conversation.id));
    this.#confirmations.set(conversation.id, confirmation);
    return confirmation;
  }

  #idle(): void {
    if (this.#pipelines.size === 0 && this.#unaddressed.size === 0) this.#onIdle();
  }
}
