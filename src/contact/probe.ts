import { messageOf, AttributedError } from '../base/errors.js';
import type { Config, WriteTargetName } from '../config/schema.js';
import { normaliseConversation } from '../conversation/normalise.js';
import { isOver, participantOf, type Participant, type Snapshot } from '../conversation/snapshot.js';
import type { Answer } from '../genesys/answer.js';
import { countChannels, createChannel, mostChannels, subscribe } from '../genesys/channel.js';
import { CredentialsRefused, judge } from '../genesys/errors.js';
import type { ChannelSocket } from '../genesys/socket.js';
import { targets } from '../write/targets/targets.js';
import { adviceOf, type Advice } from './advice.js';
import { Contact, type ContactDeps } from './contact.js';
import { connect } from './ear.js';
import { Echoes } from './echoes.js';
import { ProbedTarget } from './probed-target.js';
import { TargetProbe, type Fact, type TargetReport } from './target-probe.js';
import { topicsOf } from './topic-check.js';
import { saidBy } from './words.js';

/** The probe cannot be made; the message says why. */
class ProbeImpossible extends AttributedError {
  readonly code = 'probe.impossible';
  readonly retry = 'never';
}

/** The call that is to be written to, for those who are asked whether it may be. */
export interface Subject {
  conversationId: string;
  participant: Participant;
  keys: readonly string[];
  targets: readonly string[];
}

export interface ProbeDeps extends ContactDeps {
  config: Pick<Config, 'genesys' | 'notifications' | 'write'>;
  conversationId: string;
  /** The one to write to; else that of `write.participant`. */
  participantId?: string | undefined;
  /** Targets to try; all if not given. */
  only?: readonly WriteTargetName[] | undefined;
  /** Whether the call may be written to; asked after the reads. */
  confirm: (subject: Subject) => Promise<boolean>;
  /** Tells what is being done. */
  progress: (text: string) => void;
  /** Something new at each call. */
  unique: () => string;
  /** Whether no further target is to be written to; asked before each. */
  stopped?: () => boolean;
}

/** What a probe found out. */
export interface ProbeReport {
  conversationId: string;
  participantId: string;
  /** Whether it was allowed to write. */
  wrote: boolean;
  /** Targets that can be read, and so be written to. */
  writable: WriteTargetName[];
  facts: Fact[];
  targets: TargetReport[];
  advice: Advice[];
}

/** Events may be a call's: of the config's topics so many are subscribed to at most, in one channel. */
const mostTopics = 900;

/** The 21st channel is no error: it silently takes the place of another one (genesys-cloud.md §2). */
const noRoom = `not listened to: all ${mostChannels} channels of the OAuth client are in use, and another one would take the place of one of them. Stop a program that uses this client, or probe with a client of its own`;

/**
 * Finds out on one live call what is not documented of the platform: ETags, If-Match, merging, deletion, lag, events. Reads
 * first, then writes two keys of its own to every target that answers, and leaves them empty. Throws `ProbeImpossible`,
 * `CredentialsRefused`, `NoAnswer`.
 */
export async function probe(deps: ProbeDeps): Promise<ProbeReport> {
  const contact = new Contact(deps);
  try {
    return await new Probe(contact, deps).run();
  } finally {
    await contact.close();
  }
}

class Probe {
  readonly #contact: Contact;
  readonly #deps: ProbeDeps;
  readonly #facts: Fact[] = [];
  #topic: string | undefined;

  constructor(contact: Contact, deps: ProbeDeps) {
    this.#contact = contact;
    this.#deps = deps;
  }

  async run(): Promise<ProbeReport> {
    const { config, conversationId, only, confirm, progress, unique, stopped = (): boolean => false } = this.#deps;
    const conversation = await this.#conversation();
    const participant = this.#participant(conversation);
    const mark = unique();
    const keys = [`attributedProbe${mark}`, `attributedProbe${mark}B`] as const;
    const echoes = new Echoes({ clock: this.#contact.clock, deadlines: this.#contact.deadlines, conversationId });
    let listening: ChannelSocket | undefined;
    let values = 0;
    const tried = Object.values(targets).filter(({ name }) => only?.includes(name) ?? true);
    const probes = tried.map((target) => {
      const probed = new ProbedTarget({ contact: this.#contact, target, conversation, participantId: participant.id });
      return new TargetProbe({
        ...{ target, probed, keys, now: () => this.#contact.clock.now() },
        echoes: () => (listening === undefined ? undefined : echoes),
        newValue: () => `${mark}-${(values += 1)}`,
      });
    });
    progress(`reads ${conversationId}`);
    const writable: TargetProbe[] = [];
    for (const each of probes) if (await each.look()) writable.push(each);
    const names = writable.map(({ report }) => report.target);
    const may = writable.length > 0 && (await confirm({ conversationId, participant, keys, targets: names }));
    if (may) {
      listening = await this.#listen(conversation, echoes);
      try {
        for (const each of writable) {
          if (stopped()) {
            this.#facts.push({ what: 'stopped', found: `before it wrote to ${each.report.target}` });
            break;
          }
          progress(`writes to ${each.report.target}`);
          await each.write();
        }
      } finally {
        listening?.terminate();
      }
    }
    const reports = probes.map(({ report }) => report);
    const { purpose } = participant;
    const { allowed } = this.#contact;
    return {
      ...{ conversationId, participantId: participant.id, wrote: may, writable: names, facts: this.#facts, targets: reports },
      advice: may ? adviceOf({ config, reports, purpose, allowed, topic: this.#topic }) : [],
    };
  }

  async #conversation(): Promise<Snapshot> {
    const { conversationId } = this.#deps;
    const answers: Answer[] = [];
    for (const target of [targets.attributes, targets.voice]) {
      const answer = await this.#contact.rest.call({ method: 'GET', path: target.conversationPath(conversationId) });
      const conversation = judge(answer) === 'done' ? normaliseConversation(answer.body) : undefined;
      if (conversation !== undefined) return conversation;
      answers.push(answer);
    }
    const said = [...new Set(answers.map(saidBy))].join('; ');
    throw new ProbeImpossible(`cannot read conversation ${conversationId} (${said}): check the id; the call must go on`);
  }

  #participant(conversation: Snapshot): Participant {
    const { participantId, config } = this.#deps;
    if (isOver(conversation)) throw new ProbeImpossible('the call has ended: a probe needs one that goes on');
    const found =
      participantId === undefined
        ? participantOf(conversation, config.write.participant)
        : conversation.participants.find(({ id }) => id === participantId);
    if (found !== undefined) return found;
    const there = conversation.participants.map(({ id, purpose = 'no purpose' }) => `${id} (${purpose})`).join(', ');
    throw new ProbeImpossible(
      `the call has no participant ${participantId ?? `of purpose ${config.write.participant}`}, but ${there}: name one by --participant`,
    );
  }

  /** Listens to the topics that tell of the call; undefined where that does not work, and a fact says why. */
  async #listen({ id, participants }: Snapshot, echoes: Echoes): Promise<ChannelSocket | undefined> {
    const { rest } = this.#contact;
    try {
      const { topics } = await topicsOf(rest, this.#deps.config.notifications.topics);
      const places = participants.flatMap(({ queueId, userId }) => [queueId, userId]).filter((place) => place !== undefined);
      const telling = topics.filter((topic) => places.some((place) => topic.includes(place))).slice(0, mostTopics);
      const queue = participants.findLast(({ queueId }) => queueId !== undefined)?.queueId;
      if (telling.length === 0 && queue !== undefined) this.#topic = `v2.routing.queues.${queue}.conversations.calls`;
      if ((await countChannels(rest)) >= mostChannels) {
        this.#facts.push({ what: 'events', found: noRoom });
        return undefined;
      }
      const channel = await createChannel(rest);
      const asked = [...telling, `v2.detail.events.conversation.${id}.attributes`];
      const states = await subscribe(rest, channel, asked);
      const permitted = states.filter((state) => state.permitted).map(({ topic }) => topic);
      this.#facts.push({
        what: 'topics',
        found:
          telling.length === 0
            ? 'none of the config tells of this call'
            : `${telling.filter((topic) => permitted.includes(topic)).length} of the config’s permitted ones tell of this call`,
      });
      if (permitted.length === 0) return undefined;
      return await connect(this.#contact, channel, (event) => {
        echoes.hear(event);
      });
    } catch (error) {
      if (error instanceof CredentialsRefused) throw error;
      this.#facts.push({ what: 'events', found: `not listened to: ${messageOf(error)}` });
      return undefined;
    }
  }
}
