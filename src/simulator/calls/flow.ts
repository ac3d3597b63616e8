import type { Range } from '../random.js';
import type { Step } from './script.js';

/** What an Architect flow has set on the customer by the time that the call is there. */
export const flowAttributes: Readonly<Record<string, string>> = { flowName: 'Main menu', language: 'en-US' };

/** A flow's own attributes arrive so long after its leg ended, in ms (inferred: late enough to hit who writes on queue entry). */
export const flowEndDelay: Range = [100, 1_000];

/** The steps of a call, at the times they had, with the end of its flow so many ms after it entered the first queue. */
export function* withFlowEnd(steps: Iterable<Step>, delay: number): Generator<Step> {
  let left = Infinity;
  let entered = false;
  for (const { after, action } of steps) {
    let wait = after;
    if (after < left) {
      left -= after;
    } else {
      yield { after: left, action: { do: 'flow-end' } };
      wait = after - left;
      left = Infinity;
    }
    yield { after: wait, action };
    if (action.do === 'enter-queue' && !entered) {
      entered = true;
      left = delay;
    }
  }
}
