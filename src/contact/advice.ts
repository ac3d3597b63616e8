import type { Config, WriteTargetName } from '../config/schema.js';
import type { TargetReport } from './target-probe.js';

/** A config line that fits the org, and why. */
export interface Advice {
  /** Path of the field, such as `write.target`. */
  field: string;
  value: string | number | readonly string[];
  why: string;
}

/** Targets whose attributes are a participant's, as routing and scripts read them; what protects a write goes first. */
const preferred: readonly WriteTargetName[] = ['voice', 'voice-conversation', 'attributes', 'secure-attributes', 'custom-attributes'];

/** A value is read back no sooner than so many times what the slowest write took to be shown. */
const margin = 4;

interface Found {
  config: Pick<Config, 'genesys' | 'write'>;
  reports: readonly TargetReport[];
  purpose: string | undefined;
  /** Requests a minute that the platform allows. */
  allowed: number | undefined;
  /** A topic that would tell of the call, where the config has none. */
  topic: string | undefined;
}

/** The config lines that fit what was found; those that would say what the config says already are left out, but the target's. */
export function adviceOf({ config, reports, purpose, allowed, topic }: Found): Advice[] {
  const advice: Advice[] = [];
  const chosen = choose(config.write.target, reports);
  if (chosen !== undefined) advice.push({ field: 'write.target', ...chosen });
  const slowest = Math.max(0, ...reports.map((report) => report.slowest));
  if (slowest * margin > config.write.confirmWithin)
    advice.push({
      field: 'write.confirmWithin',
      value: `${Math.ceil((slowest * margin) / 1_000)}s`,
      why: `a write was shown only after ${(slowest / 1_000).toFixed(1)} s`,
    });
  if (purpose !== undefined && purpose !== config.write.participant)
    advice.push({ field: 'write.participant', value: purpose, why: 'the participant that was probed' });
  if (allowed !== undefined && allowed !== config.genesys.budget.perMinute)
    advice.push({
      field: 'genesys.budget.perMinute',
      value: allowed,
      why: 'what the org allows; its answers overrule it in any case',
    });
  if (topic !== undefined) advice.push({ field: 'notifications.topics', value: [topic], why: 'no topic of the config tells of this call' });
  return advice;
}

function choose(configured: WriteTargetName, reports: readonly TargetReport[]): { value: string; why: string } | undefined {
  const working = reports.filter((report) => report.works && !report.replaces);
  const isSafe = ({ target, guarded }: TargetReport): boolean => target === 'attributes' || guarded;
  const order = (report: TargetReport): number =>
    (isSafe(report) ? 0 : 100) + (report.target === configured ? -1 : preferred.indexOf(report.target));
  const [best] = [...working].sort((a, b) => order(a) - order(b));
  if (best === undefined) return undefined;
  const { target } = best;
  if (target === 'attributes') return { value: target, why: 'the platform merges key by key, no precondition is needed' };
  return {
    value: target,
    why: isSafe(best) ? 'a write with an old precondition is refused' : 'it works, but an old precondition is not refused',
  };
}
