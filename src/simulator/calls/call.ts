import type { SimConversation, SimParticipant } from '../platform/model.js';
import type { World } from '../platform/world.js';
import type { Random } from '../random.js';
import type { Action } from './script.js';

/** One call of the simulated org: carries actions out on its conversation. */
export class Call {
  readonly id: string;
  /** The caller's number, E.164. */
  readonly ani: string;
  conversation: SimConversation | undefined;
  readonly #world: World;
  readonly #random: Random;
  /** The flow's copy of the customer's attributes, which it reads at the start. */
  readonly #copy: Readonly<Record<string, string>>;

  /** `attributes` are those that the customer has from the start. */
  constructor(world: World, ani: string, random: Random, attributes: Readonly<Record<string, string>> = {}) {
    this.#world = world;
    this.#copy = attributes;
    this.#random = random;
    this.ani = ani;
    this.id = random.uuid();
  }

  perform(action: Action): void {
    if (action.do === 'start') {
      const customer = this.#participant('customer', 'connected', { attributes: { ...this.#copy } });
      this.conversation = this.#world.start(this.id, [customer, this.#participant('ivr', 'connected')]);
      return;
    }
    const { conversation } = this;
    if (conversation === undefined) return;
    // after the end there are echoes and after-call work, and nothing else
    if (conversation.endTime !== undefined && action.do !== 'bump' && action.do !== 'wrap-up') return;
    if (action.do === 'flow-end') {
      const customer = conversation.participants.find(({ purpose }) => purpose === 'customer');
      if (customer !== undefined) this.#world.replace(conversation, new Map([[customer, this.#copy]]));
      return;
    }
    this.#world.change(conversation, () => {
      this.#change(conversation, action);
    });
  }

  /** A change of state that nobody scripted, such as another client's. */
  bump(): void {
    this.perform({ do: 'bump' });
  }

  #change(conversation: SimConversation, action: Exclude<Action, { do: 'start' | 'flow-end' }>): void {
    const { participants } = conversation;
    const end = (which: SimParticipant | undefined, how: SimParticipant['disconnectType']): void => {
      if (which !== undefined) this.#world.end(conversation, which, how);
    };
    const live = (purpose: SimParticipant['purpose']): SimParticipant | undefined =>
      participants.findLast((each) => each.purpose === purpose && each.endTime === undefined);
    switch (action.do) {
      case 'dtmf':
        return;
      case 'enter-queue': {
        end(live('ivr'), 'transfer');
        const attributes = { ...participants.find(({ purpose }) => purpose === 'customer')?.attributes };
        participants.push(this.#participant('acd', 'connected', { queueId: action.queueId, attributes }));
        return;
      }
      case 'alert': {
        const queueId = live('acd')?.queueId;
        participants.push(this.#participant('agent', 'alerting', { userId: action.userId, ...(queueId === undefined ? {} : { queueId }) }));
        return;
      }
      case 'decline':
        end(live('agent'), 'timeout');
        return;
      case 'connect': {
        const agent = live('agent');
        if (agent !== undefined) Object.assign(agent, { state: 'connected', connectedTime: this.#world.time(), recording: true });
        end(live('acd'), 'transfer');
        return;
      }
      case 'bump':
        this.#flip(live('agent') ?? live('customer'));
        return;
      case 'transfer':
        end(live('agent'), 'transfer');
        return;
      case 'hang-up': {
        const agent = live('agent');
        end(live('customer'), 'peer');
        end(live('ivr'), 'peer');
        end(live('acd'), 'peer');
        if (agent !== undefined) agent.wrapup = 'pending';
        end(agent, 'peer');
        return;
      }
      case 'wrap-up': {
        const agent = participants.findLast(({ purpose }) => purpose === 'agent');
        if (agent !== undefined) Object.assign(agent, { wrapup: 'done', state: 'terminated' });
      }
    }
  }

  #flip(participant: SimParticipant | undefined): void {
    const field = this.#random.pick(['held', 'muted', 'recording'] as const);
    if (participant !== undefined) participant[field] = !participant[field];
  }

  #participant(
    purpose: SimParticipant['purpose'],
    state: SimParticipant['state'],
    extra: { userId?: string; queueId?: string; attributes?: Record<string, string> } = {},
  ): SimParticipant {
    const time = this.#world.time();
    return {
      id: this.#random.uuid(),
      purpose,
      name: purpose,
      address: purpose === 'customer' ? `tel:${this.ani}` : `sip:${purpose}@example.invalid`,
      ani: this.ani,
      dnis: '+18005550100',
      callId: this.#random.uuid(),
      startTime: time,
      state,
      ...(state === 'connected' ? { connectedTime: time } : {}),
      held: false,
      muted: false,
      recording: false,
      wrapup: 'none',
      attributes: {},
      ...extra,
    };
  }
}
