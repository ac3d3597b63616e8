import { systemClock } from '../../src/base/clock.js';
import { Metrics } from '../../src/observe/metrics.js';

/** Metrics that nobody reads, for what must have some. */
export function unread(): Metrics {
  return new Metrics({ version: '1.2.3', node: 'v20', clock: systemClock });
}
