import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { AttributedError, messageOf } from '../base/errors.js';
import { profiles, type Churn } from './calls/profile.js';
import { faultsSchema, range } from './platform/faults.js';
import { targets } from './platform/target.js';

const wholeRange = z
  .tuple([z.int().min(1), z.int().min(1)])
  .refine(([least, most]) => least <= most, 'expected [least, most]')
  .readonly();

const churnSchema = z.union([
  z.enum(Object.keys(profiles) as [keyof typeof profiles, ...(keyof typeof profiles)[]]).transform((name): Churn => profiles[name]),
  z.strictObject({ kind: z.literal('steady'), perSecond: z.number().positive() }),
  z.strictObject({ kind: z.literal('bursty'), bumps: wholeRange, withinMs: range, calmMs: range }),
]);

/** What a simulated org does; every field has a default, so that a file names only what differs. */
const scenarioSchema = z.strictObject({
  calls: z
    .strictObject({
      /** New calls a minute, and how many in all (absent: without end). */
      perMinute: z.number().positive().default(12),
      most: z.int().positive().optional(),
      churn: churnSchema.prefault('bursty'),
      talkMs: range.default([20_000, 60_000]),
      declined: z.number().min(0).max(0.9).default(0.25),
      transferred: z.number().min(0).max(1).default(0.1),
      pace: z.number().positive().default(1),
      /** Share of calls whose Architect flow writes its own copy of the customer's attributes back when it ends (genesys-cloud.md §5). */
      flowReverts: z.number().min(0).max(1).default(0),
    })
    .prefault({}),
  queues: z.int().positive().default(2),
  users: z.int().positive().default(5),
  customers: z.int().positive().default(100),
  perMinute: z.int().positive().default(300),
  /** OAuth clients, each with a budget of its own. */
  clients: z.int().positive().default(1),
  tokenSeconds: z.int().positive().default(86_400),
  /** Ways to write attributes that this org answers to; the paths of the others are 404. */
  targets: z.array(z.enum(targets)).default([...targets]),
  /** Permissions of the OAuth client `simulator`; absent: all. */
  permissions: z.array(z.string()).optional(),
  faults: faultsSchema.prefault({ latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] }),
  crm: z.strictObject({ latency: range.default([20, 80]), failing: z.number().min(0).max(1).default(0) }).prefault({}),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** Scenarios by name; each differs from the defaults by what its name says. */
const named: Readonly<Record<string, ScenarioInput>> = {
  calm: { calls: { churn: 'calm' } },
  steady: { calls: { churn: 'steady' } },
  bursty: {},
  storm: { calls: { churn: 'storm' } },
};

export const scenarioNames = Object.keys(named);

/** A scenario that cannot be used. */
export class ScenarioInvalid extends AttributedError {
  readonly code = 'scenario.invalid';
  readonly retry = 'never';
}

/** The scenario of that name, or of that YAML file. Throws `ScenarioInvalid`, which names the field. */
export function loadScenario(nameOrFile: string): Scenario {
  return parseScenario(named[nameOrFile] ?? read(nameOrFile), nameOrFile);
}

export function parseScenario(input: unknown, name = 'scenario'): Scenario {
  const parsed = scenarioSchema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw new ScenarioInvalid(`${name}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
}

function read(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new ScenarioInvalid(
      `there is no scenario "${file}", expected one of ${scenarioNames.join(', ')}, or a YAML file (${messageOf(error)})`,
    );
  }
}
