import type { Conversation } from '../../conversation/conversation.js';

type Work = () => Promise<void>;

/** Work on a conversation, one after the other; it is kept until all is done. */
export class Turns {
  readonly #conversation: Conversation;
  readonly #onIdle: () => void;
  readonly #waiting: Work[] = [];
  #running = false;

  /** @param onIdle called whenever all is done */
  constructor(conversation: Conversation, onIdle: () => void) {
    this.#conversation = conversation;
    this.#onIdle = onIdle;
  }

  /** Whether no work is under way. */
  get idle(): boolean {
    return !this.#running;
  }

  /** It begins in a later turn of the event loop's microtasks, never at once. `work` never rejects. */
  add(work: Work): void {
    this.#waiting.push(work);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const release = this.#conversation.hold();
    // who hands in work finishes first
    await Promise.resolve();
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) await work();
    this.#running = false;
    release();
    this.#onIdle();
  }
}
