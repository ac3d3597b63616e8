import type { MsgRequest, NextMsgRequest, SeqMsgRequest } from '@nats-io/jetstream';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import pLimit from 'p-limit';
import type { Deadlines } from '../../base/deadlines.js';
import type { Stop } from '../coordinator.js';
import { failure, type NatsLink } from './link.js';

/** A message of a stream, as it stands there. */
export interface Stored {
  subject: string;
  sequence: number;
  text: string;
  headers: MsgHdrs | undefined;
}

/** Requests for single messages that are under way at a time. */
const readAtOnce = 64;

/** What could not be read is asked for again after so long, in ms: a cluster that has lost a server chooses leaders for seconds. */
const againAfter = 100;

/** Headers of a message that is told once it is stored. */
const sequenceHeader = 'Nats-Sequence';
const subjectHeader = 'Nats-Subject';
const beforeHeader = 'Nats-Last-Sequence';

export interface FollowStored {
  link: NatsLink;
  deadlines: Deadlines;
  stream: string;
  /** Before each subject under which the stream tells again what it has stored. */
  told: string;
  /** Of the messages to be followed; may have wildcards. */
  subjects: string;
  /** Reads what stands there, in the order in which it was stored. */
  read: () => Promise<Stored[]>;
  onMessage: (message: Stored) => void;
}

/** What is followed. */
export interface Followed {
  stop: Stop;
  /** Reads again what stands there, and tells it, as it does after a loss of the connection; unless it does so already. */
  again: () => void;
}

/**
 * Tells what stands on subjects of a stream, then each message as it is stored, in the stream's order; and all that stands there
 * again after each loss of the connection. Needs no consumer: a cluster that loses a server would have to choose a leader for
 * each, and one that is kept by a single server goes with it. What stands is asked of the stream's leader, what comes is told by
 * it: a stream without one is asked until it has one.
 *
 * Resolves when all that stood at the start was told, in one turn; rejects with `CoordinatorFailed` if it cannot be read for a lease's time to live.
 */
export async function followStored(follow: FollowStored, onPresent: () => void): Promise<Followed> {
  const { link, deadlines, stream, told, subjects, read, onMessage } = follow;
  let stopped = false;
  let generation = 0;
  /** What was stored while it is read what stood before; undefined while nothing is read. */
  let meanwhile: Stored[] | undefined;
  const subscription = link.nc.subscribe(`${told}.${subjects}`, {
    callback: (error, message) => {
      if (error !== null || stopped) return;
      const stored = storedOf(message);
      if (meanwhile === undefined) onMessage(stored);
      else meanwhile.push(stored);
    },
  });
  const readAll = async (onRead: () => void, within = Infinity): Promise<void> => {
    generation += 1;
    const own = generation;
    meanwhile ??= [];
    const isOver = (): boolean => own !== generation;
    const standing = await patiently({ link, deadlines, stream, within, isOver }, read).catch((error: unknown) => {
      if (isOver()) return [];
      throw error;
    });
    if (isOver()) return;
    const later = meanwhile;
    meanwhile = undefined;
    tellInOrder(standing, later, onMessage);
    onRead();
  };
  const anew = (): void => {
    if (!stopped) void readAll(() => undefined);
  };
  const stop: Stop = () => {
    stopped = true;
    generation += 1;
    doubted.unsubscribe();
    subscription.unsubscribe();
    return Promise.resolve();
  };
  let present = false;
  const first = (): Promise<void> =>
    readAll(() => {
      present = true;
      onPresent();
    }, link.leaseTtl);
  const doubted = link.doubted.subscribe(() => {
    // the first reading goes on by itself: it asks until it is answered
    if (present) anew();
  });
  try {
    await first();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    again: () => {
      // a reading that is under way finds it, or what is told meanwhile
      if (meanwhile === undefined) anew();
    },
  };
}

/** How long something is tried. */
interface Patience {
  link: NatsLink;
  deadlines: Deadlines;
  stream: string;
  /** Milliseconds. */
  within: number;
  /** It is not wanted any more: the next failure is the last. */
  isOver?: () => boolean;
}

/** Reads what stands on a stream, again where there is no answer. Rejects with `CoordinatorFailed`. */
export async function patiently<T>({ link, deadlines, stream, within, isOver }: Patience, read: () => Promise<T>): Promise<T> {
  const since = link.clock.now();
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (isOver?.() === true || link.clock.now() - since > within)
        throw failure(`what stands on the stream ${stream} cannot be read`, error);
      await deadlines.pause(againAfter);
    }
  }
}

/** The newest message of each of some subjects. */
export async function newest(link: NatsLink, stream: string, subjects: string): Promise<Stored[]> {
  const { state } = await link.quick.streams.info(stream, { subjects_filter: subjects });
  const limit = pLimit(readAtOnce);
  const found = await Promise.all(
    Object.keys(state.subjects ?? {}).map((subject) => limit(() => message(link, stream, { last_by_subj: subject }))),
  );
  return found.filter((each) => each !== undefined).sort((a, b) => a.sequence - b.sequence);
}

/** All messages of a subject. */
export async function all(link: NatsLink, stream: string, subject: string): Promise<Stored[]> {
  const found: Stored[] = [];
  for (let next = 1; ;) {
    const query: SeqMsgRequest & NextMsgRequest = { next_by_subj: subject, seq: next };
    const each = await message(link, stream, query);
    if (each === undefined) return found;
    found.push(each);
    next = each.sequence + 1;
  }
}

async function message(link: NatsLink, stream: string, query: MsgRequest): Promise<Stored | undefined> {
  const found = await link.quick.streams.getMessage(stream, query);
  return found === null ? undefined : { subject: found.subject, sequence: found.seq, text: found.string(), headers: found.header };
}

/** What stood there, and what was stored while that was read: what is in both is told once. */
function tellInOrder(standing: readonly Stored[], later: readonly Stored[], onMessage: (message: Stored) => void): void {
  const told = new Map<string, number>();
  for (const each of standing) {
    told.set(each.subject, each.sequence);
    onMessage(each);
  }
  for (const each of later) if (each.sequence > (told.get(each.subject) ?? 0)) onMessage(each);
}

/** The sequence of a message that is told once it is stored. */
export function sequenceOf(told: MsgHdrs): number {
  return Number(told.get(sequenceHeader));
}

/** The sequence of the one that stood before it under its subject; 0: there was none. */
export function beforeOf(told: MsgHdrs): number {
  return Number(told.get(beforeHeader));
}

function storedOf(message: Msg): Stored {
  const { headers } = message;
  return {
    subject: headers?.get(subjectHeader) ?? '',
    sequence: headers === undefined ? 0 : sequenceOf(headers),
    text: message.string(),
    headers,
  };
}
