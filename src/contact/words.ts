import { z } from 'zod';
import type { Answer } from '../genesys/answer.js';

/** What an answer says, in short: `403 missing.permissions: Unable to …`. */
export function saidBy({ status, code, body }: Answer): string {
  const message = messageIn(body);
  return `${status}${code === undefined ? '' : ` ${code}`}${message === undefined ? '' : `: ${message}`}`;
}

const spoken = z.object({ message: z.string().optional(), error_description: z.string().optional() });

/** A message is cut after so many characters. */
const longest = 300;

/** The message in the body of an API's or an OAuth error; undefined if there is none. */
export function messageIn(body: unknown): string | undefined {
  const { data } = spoken.safeParse(body);
  return (data?.message ?? data?.error_description)?.slice(0, longest);
}
