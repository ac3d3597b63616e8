import type { Intent } from '../intent/intent.js';
import type { Lookup, LookupAnswer } from '../intent/lookups/lookup.js';
import { PatientLookups, type PatienceDeps } from '../intent/lookups/patience.js';
import type { Tally } from './tally.js';

interface ToldDeps extends PatienceDeps {
  tally: Tally;
}

/** Lookups that are asked, and tell what came of it. */
export class AskedLookups extends PatientLookups {
  readonly #deps: ToldDeps;

  constructor(deps: ToldDeps) {
    super(deps);
    this.#deps = deps;
  }

  override async ask(...asked: Parameters<PatientLookups['ask']>): Promise<LookupAnswer | 'outdated' | undefined> {
    const { tally, outbox } = this.#deps;
    const [lookup, , intent] = asked;
    const answer = await super.ask(...asked);
    // nothing is configured anew while a recording is replayed
    if (answer === 'outdated') return answer;
    const told = tally.of(intent.conversationId, intent.rule ?? '');
    if (answer === undefined) told.leave({ why: 'lookup failed', detail: outbox.get(intent.id)?.reason?.what });
    else if (!answer.found) told.leave({ why: 'lookup knows nothing', detail: `lookup ${lookup.name}` });
    return answer;
  }
}

/** Lookups that are not asked, and tell what they would have been. */
export class UnaskedLookups extends PatientLookups {
  readonly #deps: ToldDeps & { shown: (lookup: string, url: string) => string };

  /** @param deps `shown` gives the URL as it may be told */
  constructor(deps: ToldDeps & { shown: (lookup: string, url: string) => string }) {
    super(deps);
    this.#deps = deps;
  }

  override ask(lookup: Lookup, url: string, intent: Intent): Promise<undefined> {
    const { tally, outbox, shown } = this.#deps;
    const what = `would look up ${shown(lookup.name, url)}; what it sets is not known`;
    tally.of(intent.conversationId, intent.rule ?? '').leave({ why: 'lookup not asked', detail: what });
    outbox.update(intent.id, { state: 'dead', reason: { what } });
    return Promise.resolve(undefined);
  }
}
