import { randomUUID } from 'node:crypto';
import type { WriteTargetName } from '../config/schema.js';
import type { Answer } from '../genesys/answer.js';
import { judge } from '../genesys/errors.js';
import { jsonBody, type RestClient } from '../genesys/rest.js';
import type { WriteTarget } from '../write/targets/target.js';
import { targets } from '../write/targets/targets.js';
import type { Finding } from './finding.js';
import { messageIn, saidBy } from './words.js';

/** What a request for a conversation that does not exist tells of the path that it was sent to. */
interface Sight {
  kind: 'there' | 'absent' | 'forbidden' | 'unclear';
  /** What the platform said. */
  said: string;
}

/**
 * Whether the org serves a write target, and lets this client read and write it: asked with the ids of a conversation
 * that does not exist and with no attributes, so that nothing can be changed. "No such conversation" speaks for the
 * target, what an unknown path is answered by speaks against it, and a 403 names the missing permission.
 */
export async function checkTarget(rest: RestClient, name: WriteTargetName): Promise<Finding> {
  const ids = [randomUUID(), randomUUID()] as const;
  const unknown = shapeOf(await rest.call({ method: 'GET', path: `/api/v2/attributed-unknown/${ids[0]}` }), ids);
  const sights = await sightsOf(rest, targets[name], ids, unknown);
  const denied = sights.filter((sight) => sight.kind === 'forbidden');
  if (denied.length > 0)
    return found(
      'fail',
      `${name} is forbidden, grant what is missing to the OAuth client: ${[...new Set(denied.map(({ said }) => said))].join('; ')}`,
    );
  const unclear = sights.find((sight) => sight.kind === 'unclear');
  if (unclear !== undefined) return found('warn', `${name} could not be judged: ${unclear.said}`);
  if (sights.every(({ kind }) => kind === 'there')) return found('ok', `${name} is there, to read and to write`);
  const others: string[] = [];
  for (const other of Object.values(targets))
    if (other.name !== name && (await sightsOf(rest, other, ids, unknown)).every(({ kind }) => kind === 'there')) others.push(other.name);
  return others.length > 0
    ? found('fail', `${name} is answered like an unknown path, but ${others.join(', ')} is there: set write.target to one that is`)
    : found('warn', `${name} is answered like an unknown path; so is every other target: attributed probe tells more, on a live call`);
}

async function sightsOf(
  rest: RestClient,
  target: WriteTarget,
  [conversation, participant]: readonly [string, string],
  unknown: string,
): Promise<Sight[]> {
  const { method, path, body } = target.write({
    conversation: { id: conversation, participants: [], shape: 'A' },
    attributes: new Map([[participant, {}]]),
    read: undefined,
  });
  const read = await rest.call({ method: 'GET', path: target.readPath(conversation, target.resource(participant)) });
  const written = await rest.call({ method, path, compose: () => jsonBody(body) });
  return [read, written].map((answer) => sightOf(answer, [conversation, participant], unknown));
}

function sightOf(answer: Answer, ids: readonly string[], unknown: string): Sight {
  return { kind: kindOf(answer, ids, unknown), said: saidBy(answer) };
}

function kindOf(answer: Answer, ids: readonly string[], unknown: string): Sight['kind'] {
  if (answer.status === 405 || shapeOf(answer, ids) === unknown) return 'absent';
  switch (judge(answer)) {
    case 'forbidden':
      return 'forbidden';
    case 'server':
    case 'throttled':
    case 'credentials':
      return 'unclear';
    default:
      return 'there';
  }
}

/** What tells an answer from another one, whatever ids were asked for. */
function shapeOf({ status, code, body }: Answer, ids: readonly string[]): string {
  const message = ids.reduce((text, id) => text.replaceAll(id, ''), messageIn(body) ?? '');
  return JSON.stringify([status, code, message]);
}

function found(state: Finding['state'], detail: string): Finding {
  return { state, what: 'target', detail };
}
