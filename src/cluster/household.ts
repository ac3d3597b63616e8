import type { CatchUp } from '../conversation/catch-up.js';
import type { Registry } from '../conversation/registry.js';
import type { Intent } from '../intent/intent.js';
import type { KeptOutbox } from '../intent/kept-outbox.js';
import type { Writer } from '../write/writer.js';
import type { Household } from './fleet.js';

export interface HouseholdDeps {
  registry: Registry;
  outbox: KeptOutbox;
  writer: Writer;
  catchUp: CatchUp;
  /** Goes on with an intent, for its conversation as it is now. */
  resume: (intent: Intent) => void;
}

/** What the rooms of a daemon do when partitions come and go. */
export function householdOf({ registry, outbox, writer, catchUp, resume }: HouseholdDeps): Household {
  return {
    observe: (event) => registry.observe(event),
    adopt: (intents) => outbox.adopt(intents),
    has: (intentId) => outbox.get(intentId) !== undefined,
    resume: (intents) => {
      for (const intent of intents) resume(intent);
    },
    cease: (isGone) => {
      writer.abandon(isGone);
    },
    abandon: (isGone) => {
      writer.abandon(isGone);
      outbox.release(isGone);
      registry.release(isGone);
    },
    underWay: (isAsked) => writer.underWay(isAsked),
    gap: (isConcerned, since, over) => {
      registry.gap(isConcerned);
      if (over) catchUp.start(since, isConcerned);
    },
  };
}
