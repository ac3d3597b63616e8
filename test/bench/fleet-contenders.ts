import { Deadlines } from '../../src/base/deadlines.js';
import { Budget } from '../../src/genesys/budget.js';
import type { Answer } from '../../src/genesys/answer.js';
import { FakeClock } from '../support/fake-clock.js';
import type { Fleet, FleetCall, FleetWriter } from '../support/fleet.js';
import { RecordingLog } from '../support/recording-log.js';
import { Writing, type WritingOptions } from '../support/writing.js';

/** A writer for a fleet that is there once the writer's clock is. */
export interface FleetContender {
  clock: FakeClock;
  writer: (fleet: Fleet) => FleetWriter;
}

/** The daemon's own writer, budget and streams. */
export function daemon(options: WritingOptions): FleetContender {
  let fleet: Fleet | undefined;
  const house = new Writing({
    ...options,
    exchange: (request) => {
      if (fleet === undefined) throw new Error('nothing has begun');
      return fleet.exchange(request);
    },
  });
  return {
    clock: house.clock,
    writer: (begun) => {
      fleet = begun;
      return {
        wish: ({ id, participantId }, key, value) => void house.wish({ [key]: value }, { id: participantId }, id),
        event: ({ id, participantId }, version, attributes) => {
          house.registry.observe({
            topicName: 'v2.routing.queues.q.conversations.calls',
            eventBody: { id, version, participants: [{ id: participantId, purpose: 'customer', state: 'connected', attributes }] },
            metadata: {},
          });
        },
      };
    },
  };
}

/**
 * Merges what is wished for a call, one request a call in flight, first come first served behind a budget that it need
 * not keep anything of; a conflict goes to the end of the line. The ETag is read, both calls granted together or each by
 * itself, or it is the newest that the stream or a conflict told.
 */
export function fifo(kind: 'read' | 'read-apart' | 'stream', perMinute: number, ): FleetContender {
  const clock = new FakeClock();
  const budget = new Budget({ clock, deadlines: new Deadlines(clock), log: new RecordingLog() }, { perMinute, reserve: 0 });
  const waiting = new Map<FleetCall, Map<string, string>>();
  const versions = new Map<FleetCall, number>();
  const newest = (call: FleetCall, version: number): void => void versions.set(call, Math.max(version, versions.get(call) ?? 0));
  const writer = (fleet: Fleet): FleetWriter => {
    const exchange = async (call: FleetCall, write?: { ifMatch: string; body: string }): Promise<Answer> => {
      const answer = await fleet.exchange({
        method: write === undefined ? 'GET' : 'PATCH',
        url: `http://api/${call.id}`,
        timeout: 1_000,
        compose: () => (write === undefined ? {} : { headers: { 'if-match': write.ifMatch }, body: write.body }),
      });
      budget.learn(answer.status, answer.headers);
      newest(call, Number(answer.headers['etag']?.slice(1, -1) ?? 0));
      return answer;
    };
    const run = async (call: FleetCall, wanted: Map<string, string>): Promise<void> => {
      while (wanted.size > 0) {
        const grants = await budget.grant(kind === 'read' ? 2 : 1);
        if (kind !== 'stream') {
          await exchange(call);
          grants.pop()?.settle(true);
        }
        if (kind === 'read-apart') grants.push(...(await budget.grant(1)));
        const batch = new Map(wanted);
        const body = JSON.stringify({ attributes: Object.fromEntries(batch) });
        const { status } = await exchange(call, { ifMatch: `"${versions.get(call)}"`, body });
        for (const grant of grants) grant.settle(true);
        if (status >= 300) continue;
        for (const [key, value] of batch) if (wanted.get(key) === value) wanted.delete(key);
      }
      waiting.delete(call);
    };
    return {
      wish: (call, key, value) => {
        const wanted = waiting.get(call);
        if (wanted !== undefined) {
          wanted.set(key, value);
          return;
        }
        const first = new Map([[key, value]]);
        waiting.set(call, first);
        void run(call, first);
      },
      event: (call, version) => {
        newest(call, version);
      },
    };
  };
  return { clock, writer };
}
