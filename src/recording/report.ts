import type { EventOutcome } from '../conversation/registry.js';
import type { Frame } from '../genesys/frames.js';
import type { Header } from './format.js';
import type { Faults, Replay } from './replay.js';
import type { NotSet, RuleFigures, RuleTally } from './tally.js';

/** What one rule came to in one conversation. */
export interface RuleReport {
  rule: string;
  evaluated: number;
  held: number;
  wished: number;
  wishes: {
    at: string;
    participantId: string;
    purpose?: string | undefined;
    keys: string[];
    /** Only where values are asked for. */
    attributes?: Readonly<Record<string, string>>;
  }[];
  notSet: (NotSet & { times: number })[];
}

/** What a replay reports; `replay --json` prints it. */
export interface Report {
  recording: Header & { file: string; seconds: number; lines: number };
  /** Conversations in which a rule came to something, in the order in which that began. */
  conversations: { conversationId: string; rules: RuleReport[] }[];
  totals: {
    frames: Record<Frame['kind'], number>;
    /** Frames that the decoder refuses, and lines that are none of a recording. */
    invalid: Faults;
    broken: Faults;
    gaps: number;
    events: Record<EventOutcome, number>;
    conversations: number;
    rules: readonly RuleFigures[];
  };
}

/** What a replay that has run comes to. */
export function reportOf(replay: Replay, { file, header, values }: { file: string; header: Header; values: boolean }): Report {
  const { frames, invalid, broken, gaps, conversations, lines, lasted, tally, registry } = replay;
  return {
    recording: { file, ...header, seconds: lasted / 1000, lines },
    conversations: tally.conversations.map(({ id, rules }) => ({ conversationId: id, rules: rules.map((rule) => ruleOf(rule, values)) })),
    totals: { frames, invalid, broken, gaps, events: registry.outcomes, conversations, rules: tally.totals },
  };
}

function ruleOf({ figures, wishes, notSet }: RuleTally, values: boolean): RuleReport {
  const { rule, evaluated, held, wished } = figures;
  return {
    ...{ rule, evaluated, held, wished },
    wishes: wishes.map(({ attributes, ...wish }) => ({ ...wish, keys: Object.keys(attributes), ...(values ? { attributes } : {}) })),
    notSet: [...notSet.values()],
  };
}
