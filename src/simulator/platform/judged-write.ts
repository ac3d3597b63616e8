import type { FastifyReply } from 'fastify';
import { ApiError } from './errors.js';
import type { Ledger, WriteRecord } from './ledger.js';

/** A write that came in: what the ledger is told of it, and what it is told of as a whole. */
interface Judged {
  reply: FastifyReply;
  /** What may not be written twice at a time. */
  resource: string;
  record: Omit<WriteRecord, 'at' | 'status'>;
  /** Status if nothing speaks against it. */
  status: number;
}

/** Records a write in the ledger whatever comes of it. Throws what `judge` throws. */
export function judgedWrite(ledger: Ledger, { reply, resource, record, status }: Judged, judge: () => void): void {
  reply.raw.once('close', ledger.arrived(resource));
  try {
    judge();
  } catch (error) {
    if (error instanceof ApiError) ledger.write({ ...record, status: error.status });
    throw error;
  }
  ledger.write({ ...record, status });
}
