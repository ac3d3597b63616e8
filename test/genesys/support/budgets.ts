import { Deadlines } from '../../../src/base/deadlines.js';
import { Budget, type BudgetOptions, type Grant } from '../../../src/genesys/budget.js';
import { platformClaim } from '../../../src/genesys/scheduler.js';
import { FakeClock } from '../../support/fake-clock.js';
import { RecordingLog } from '../../support/recording-log.js';

export interface Ground {
  clock: FakeClock;
  deadlines: Deadlines;
  log: RecordingLog;
  budget: Budget;
}

/** A budget on a clock that stands still. */
export function ground({ perMinute = 300, reserve = 0.1 }: Partial<BudgetOptions> = {}): Ground {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const log = new RecordingLog();
  return { clock, deadlines, log, budget: new Budget({ clock, deadlines, log }, { perMinute, reserve }) };
}

/** Asks for leave, and tells in `order` when it has come. */
export function asker(budget: Budget): { order: string[]; ask: (name: string, calls?: number, urgent?: boolean) => Promise<Grant[]> } {
  const order: string[] = [];
  const ask = async (name: string, calls = 1, urgent = false): Promise<Grant[]> => {
    const grants = await budget.grant(calls, urgent ? platformClaim : undefined);
    order.push(name);
    return grants;
  };
  return { order, ask };
}

/** Makes `count` calls that were answered. */
export async function spend(budget: Budget, count: number, urgent = false): Promise<void> {
  for (let call = 0; call < count; call += 1)
    for (const grant of await budget.grant(1, urgent ? platformClaim : undefined)) grant.settle(true);
}
