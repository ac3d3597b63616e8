import type { RuleConfig, RuleMoment } from '../../config/schema.js';
import type { Lookup } from '../lookups/lookup.js';
import { RuleExpressions } from './expression.js';

/** A rule, compiled. */
export interface Rule {
  readonly name: string;
  readonly when: RuleMoment;
  readonly expressions: RuleExpressions;
  readonly lookup: Lookup | undefined;
}

/** Compiles the rules of a valid config; `lookups` has every lookup that they name. */
export function compileRules(rules: readonly RuleConfig[], lookups: ReadonlyMap<string, Lookup>): Rule[] {
  return rules.map((rule) => ({
    name: rule.name,
    when: rule.when,
    expressions: new RuleExpressions(rule),
    lookup: rule.lookup === undefined ? undefined : lookups.get(rule.lookup),
  }));
}
