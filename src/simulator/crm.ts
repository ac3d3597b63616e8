import Fastify, { type FastifyInstance } from 'fastify';
import type { Deadlines } from '../base/deadlines.js';
import type { Random, Range } from './random.js';

/** A customer as the CRM knows it. */
export interface Customer {
  id: string;
  phone: string;
  name: string;
  tier: 'gold' | 'silver' | 'bronze';
  caseNumber: string;
}

const names = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Leslie', 'Radia', 'Tony', 'Margaret'] as const;

/** So many customers with numbers of their own; the same seed gives the same ones. */
export function makeCustomers(count: number, random: Random): Customer[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `C-${String(10_000 + index)}`,
    phone: `+1555${String(1_000_000 + index)}`,
    name: random.pick(names),
    tier: random.pick(['gold', 'silver', 'bronze']),
    caseNumber: `CASE-${String(random.int([100_000, 999_999]))}`,
  }));
}

/** What can be switched in the CRM while it runs. */
export interface CrmFaults {
  /** How long an answer takes, in ms. */
  latency: Range;
  /** Share of requests that are answered 503. */
  failing: number;
}

/** `GET /customers?phone=…` → a customer, or 404. */
export function createCrm(
  customers: readonly Customer[],
  faults: CrmFaults,
  { deadlines, random }: { deadlines: Deadlines; random: Random },
): FastifyInstance {
  const byPhone = new Map(customers.map((customer) => [customer.phone, customer]));
  const server = Fastify({ forceCloseConnections: true });
  server.get<{ Querystring: { phone?: string } }>('/customers', async (request, reply) => {
    const [, most] = faults.latency;
    if (most > 0) await deadlines.pause(random.between(faults.latency));
    if (random.chance(faults.failing)) return reply.code(503).send({ message: 'the CRM is busy' });
    const customer = byPhone.get(request.query.phone ?? '');
    return customer ?? reply.code(404).send({ message: 'no such customer' });
  });
  return server;
}
