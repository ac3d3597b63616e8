import { expect } from 'chai';
import type { Intent } from '../../src/intent/intent.js';
import { Writing, type WritingOptions } from './writing.js';

/** A request takes 10 ms to the platform, and its answer as long back. */
export const flight: WritingOptions = { latency: () => ({ connect: 0, up: 10, down: 10 }) };

/** A call that is known and calm, and a wish for it that was just applied at version 2. */
export async function applied(
  options: WritingOptions = {},
  attributes: Record<string, string> = { tier: 'gold' },
): Promise<{ house: Writing; intent: Intent }> {
  const house = new Writing({ ...flight, ...options });
  await house.known();
  const intent = await house.wish(attributes);
  // where no event tells the ETag it is read first
  await house.clock.advance(house.platform.writes.length === 0 ? 40 : 20);
  expect(house.state(intent)).to.equal('applied');
  house.platform.reads = 0;
  return { house, intent };
}

/** The same, and its echo was seen. */
export async function confirmed(
  options: WritingOptions = {},
  attributes: Record<string, string> = { tier: 'gold' },
): Promise<{ house: Writing; intent: Intent }> {
  const { house, intent } = await applied(options, attributes);
  house.event();
  expect(house.state(intent)).to.equal('confirmed');
  return { house, intent };
}

/** Somebody else overwrites, and an event tells it. */
export function overwrite(house: Writing, values: Record<string, string | undefined>, participantId?: string): void {
  house.platform.overwrite(values, participantId);
  house.event();
}
