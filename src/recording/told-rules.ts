import type { LookupConfig, RuleConfig } from '../config/schema.js';
import { Lookup, type LookupDeps } from '../intent/lookups/lookup.js';
import { RuleExpressions, type Scope } from '../intent/rules/expression.js';
import type { Tally } from './tally.js';

/** A rule's expressions that tell what comes of each evaluation. */
export class ToldExpressions extends RuleExpressions {
  readonly #rule: RuleConfig;
  readonly #tally: Tally;

  constructor(rule: RuleConfig, tally: Tally) {
    super(rule);
    this.#rule = rule;
    this.#tally = tally;
  }

  override async holds(scope: Scope): Promise<boolean> {
    const conversationId = idIn(scope);
    this.#tally.of(conversationId, this.#rule.name).evaluate();
    const holds = await super.holds(scope);
    if (holds) this.#tally.hold(conversationId, this.#rule.name);
    return holds;
  }

  /** Each evaluation is told: none is spared. */
  override surelyFails(): boolean {
    return false;
  }

  override surelySets(): undefined {
    return undefined;
  }

  override async attributes(scope: Scope): Promise<Record<string, string>> {
    const attributes = await super.attributes(scope);
    const keys = Object.keys(this.#rule.set).filter((key) => !(key in attributes));
    if (keys.length > 0) this.#tally.of(idIn(scope), this.#rule.name).leave({ why: 'undefined', keys });
    return attributes;
  }
}

/** A lookup that tells when there is nothing to ask it by. */
export class ToldLookup extends Lookup {
  readonly #tally: Tally;

  constructor(name: string, config: LookupConfig, deps: LookupDeps, tally: Tally) {
    super(name, config, deps);
    this.#tally = tally;
  }

  override async url(scope: unknown): Promise<string | undefined> {
    const url = await super.url(scope);
    // the rules of one conversation are evaluated one after the other: the last that held is the one that asks
    if (url === undefined) this.#tally.holding(idIn(scope))?.leave({ why: 'nothing to ask', detail: `lookup ${this.name}` });
    return url;
  }
}

/** The id of the conversation that a scope is of. */
function idIn(scope: unknown): string {
  const { conversation } = scope as { conversation: { id: string } };
  return conversation.id;
}
