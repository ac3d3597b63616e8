import { bodyA } from '../../../src/simulator/platform/bodies.js';
import { callsOf } from '../ingest/feed.js';

/** A call as the platform of this bench has it: its customer is asked for something, and an answer is to be written. */
export interface WiredCall {
  id: string;
  customer: string;
  version: number;
  ask: string;
  answer: string;
  /** The event that tells how it stands. */
  frame: () => string;
}

const marks = { version: '"@version@"', ask: '@ask@', answer: '@answer@' };

/** Calls of four participants, whose events have 2.5 kB or so; as text in pieces, so that to send one costs little. */
export function wiredCalls(count: number, seed: number): WiredCall[] {
  return callsOf({ conversations: count, seed }).map((call) => {
    const [customer] = call.participants;
    if (customer === undefined) throw new Error('a call of the feed has no customer');
    Object.assign(customer.attributes, { ask: marks.ask, answer: marks.answer });
    const user = call.participants.at(-1)?.userId ?? '';
    const text = JSON.stringify({
      topicName: `v2.users.${user}.conversations`,
      version: '2',
      metadata: { CorrelationId: 'c0000000-0000-4000-a000-000000000000' },
      eventBody: { version: '@version@', ...bodyA(call) },
    });
    const [head = '', ...rest] = text.split(marks.version);
    const [middle = '', ...more] = rest.join('').split(marks.ask);
    const [between = '', ...end] = more.join('').split(marks.answer);
    const wired: WiredCall = {
      id: call.id,
      customer: customer.id,
      version: 0,
      ask: '',
      answer: '',
      frame: () => `${head}${wired.version}${middle}${wired.ask}${between}${wired.answer}${end.join('')}`,
    };
    return wired;
  });
}
