import type { FastifyInstance } from 'fastify';
import type { Ledger } from './ledger.js';
import type { World } from './world.js';

/** So many overlaps are shown, newest last; all are counted. */
const mostShown = 100;

/**
 * What the server has counted, for who runs it (`curl localhost:8080/ledger`). No part of the platform: it needs no token, and
 * clients see no difference.
 */
export function ledgerRoute(server: FastifyInstance, { world, ledger }: { world: World; ledger: Ledger }): void {
  server.get('/ledger', (_, reply) => {
    const conversations = [...world.conversations.values()];
    const customers = conversations.flatMap(({ participants }) => participants.filter(({ purpose }) => purpose === 'customer'));
    const { overlaps } = ledger.flights;
    return reply.send({
      conversations: { seen: conversations.length, live: conversations.filter(({ endTime }) => endTime === undefined).length },
      /** How many customers have each attribute. */
      attributes: count(customers.flatMap(({ attributes }) => Object.keys(attributes))),
      /** How many writes of each client were answered by each status. */
      writes: Object.fromEntries(
        [...new Set(ledger.writes.map(({ client }) => client))].map((client) => [
          client,
          count(ledger.writes.filter((write) => write.client === client).map(({ status }) => String(status))),
        ]),
      ),
      overlaps: { count: overlaps.length, newest: overlaps.slice(-mostShown) },
    });
  });
}

function count(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort());
}
