import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './errors.js';
import type { Sender } from './flights.js';
import type { Ledger, WriteRecord } from './ledger.js';

/** A write that came in: what the ledger is told of it, and what it is told of as a whole. */
interface Judged {
  request: FastifyRequest;
  reply: FastifyReply;
  /** What may not be written twice at a time. */
  resources: readonly string[];
  record: Omit<WriteRecord, 'at' | 'status' | keyof Sender>;
  /** Status if nothing speaks against it. */
  status: number;
}

/** Records a write in the ledger whatever comes of it. Throws what `judge` throws. */
export function judgedWrite(ledger: Ledger, { request, reply, resources, record, status }: Judged, judge: () => void): void {
  const { flights } = ledger;
  const sender: Sender = { client: request.token.client.id, token: request.token.digest };
  const flight = flights.judged(resources, sender, request.arrivedAt);
  const judged = (as: number): void => {
    ledger.write({ ...record, ...sender, status: as });
    flight.status = as;
    // its client gave up while it was on its way: it is carried out all the same, and nobody hears of it
    if (reply.raw.destroyed) flights.answered(flight);
    else
      reply.raw.once('close', () => {
        flights.answered(flight);
      });
  };
  try {
    judge();
  } catch (error) {
    if (error instanceof ApiError) judged(error.status);
    throw error;
  }
  judged(status);
}
