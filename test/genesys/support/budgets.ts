import { Deadlines } from '../../../src/base/deadlines.js';
import { Budget, type BudgetOptions } from '../../../src/genesys/budget.js';
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
