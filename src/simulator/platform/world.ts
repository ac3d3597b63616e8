import type { Clock } from '../../base/clock.js';
import type { CustomRecord, SimConversation, SimParticipant } from './model.js';

/** What is told of each change: the conversation as it is right after it. */
export type Listener = (conversation: SimConversation, change: Change) => void;

/** What happened; attribute changes say whose and which, for the topics that tell them. */
export type Change = { kind: 'state' } | { kind: 'attributes'; participantId: string; attributes: Readonly<Record<string, string>> };

/** What is written to a record of custom attributes. */
interface CustomValues {
  customAttributes: CustomRecord['customAttributes'];
  /** Read only when the record is made. */
  schemaId?: string | undefined;
  divisions?: readonly string[] | undefined;
}

/** The conversations of the simulated org. Every change of one makes its version one higher, and is told. */
export class World {
  readonly conversations = new Map<string, SimConversation>();
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time as the platform writes it. */
  time(): string {
    return new Date(this.#clock.wall()).toISOString();
  }

  /** Calls `listener` on each change until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(id: string, participants: SimParticipant[]): SimConversation {
    const conversation: SimConversation = {
      id,
      startTime: this.time(),
      version: 1,
      participants,
      secure: { attributes: {}, version: 1 },
      custom: new Map(),
    };
    this.conversations.set(id, conversation);
    this.#tell(conversation, { kind: 'state' });
    return conversation;
  }

  /** Changes a conversation. */
  change(conversation: SimConversation, mutate: () => void): void {
    mutate();
    conversation.version += 1;
    this.#tell(conversation, { kind: 'state' });
  }

  /** Merges attributes into participants: one change, whoever wrote it. */
  write(conversation: SimConversation, attributes: ReadonlyMap<SimParticipant, Readonly<Record<string, string>>>): void {
    conversation.version += 1;
    // all of it first: a version is one state, also where several events tell it
    for (const [participant, values] of attributes) Object.assign(participant.attributes, values);
    for (const [participant, values] of attributes) {
      this.#tell(conversation, { kind: 'attributes', participantId: participant.id, attributes: values });
    }
  }

  /** Makes participants' attributes exactly these, as a flow does that writes its own copy back (genesys-cloud.md §5): one change. */
  replace(conversation: SimConversation, attributes: ReadonlyMap<SimParticipant, Readonly<Record<string, string>>>): void {
    conversation.version += 1;
    for (const [participant, values] of attributes) participant.attributes = { ...values };
    for (const [participant, values] of attributes)
      this.#tell(conversation, { kind: 'attributes', participantId: participant.id, attributes: { ...values } });
  }

  /** Sets the secure attributes. They have a version of their own, and no event tells them. */
  putSecure(conversation: SimConversation, attributes: Readonly<Record<string, string>>): void {
    conversation.secure = { attributes: { ...attributes }, version: conversation.secure.version + 1 };
  }

  /**
   * Makes a record of custom attributes, or replaces what is in it, or merges into it: its own version goes one higher,
   * and no event tells it. Divisions that are left out are cleared, as the platform does it.
   */
  putCustom(
    conversation: SimConversation,
    id: string,
    { schemaId = 'schema', divisions = [], customAttributes }: CustomValues,
    how: 'replace' | 'merge' = 'replace',
  ): void {
    const time = this.time();
    const before = conversation.custom.get(id);
    const kept = how === 'merge' ? before : undefined;
    conversation.custom.set(id, {
      schemaId: before?.schemaId ?? schemaId,
      divisions,
      customAttributes: { ...kept?.customAttributes, ...customAttributes },
      timestamps: { ...kept?.timestamps, ...Object.fromEntries(Object.keys(customAttributes).map((key) => [key, time])) },
      version: (before?.version ?? 0) + 1,
      dateCreated: before?.dateCreated ?? time,
      dateModified: time,
    });
  }

  /** Ends a participant's leg; the conversation ends with its last one. */
  end(conversation: SimConversation, participant: SimParticipant, disconnectType: SimParticipant['disconnectType']): void {
    participant.state = participant.purpose === 'agent' ? 'disconnected' : 'terminated';
    participant.endTime = this.time();
    if (disconnectType !== undefined) participant.disconnectType = disconnectType;
    if (conversation.participants.every(({ endTime }) => endTime !== undefined)) conversation.endTime = participant.endTime;
  }

  #tell(conversation: SimConversation, change: Change): void {
    for (const listener of this.#listeners) listener(conversation, change);
  }
}
