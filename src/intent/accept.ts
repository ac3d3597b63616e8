import type { Log } from '../observe/log.js';
import type { Intent, IntentRequest } from './intent.js';
import type { Outbox } from './outbox.js';

/** Accepts an intent into the outbox and tells so; undefined if its firing was accepted before. Throws `OutboxFull`. */
export async function acceptIntent(
  { outbox, log }: { outbox: Pick<Outbox, 'accept'>; log: Log },
  request: IntentRequest,
): Promise<Intent | undefined> {
  const intent = await outbox.accept(request);
  if (intent !== undefined) {
    log.info(
      'intent.accepted',
      request.rule === undefined ? 'wished for over the local API' : `wished for by rule ${request.rule}`,
      () => ({
        intentId: intent.id,
        conversationId: request.conversationId,
        participantId: 'id' in request.participant ? request.participant.id : `@${request.participant.purpose}`,
        rule: request.rule,
        keys: request.attributes === undefined ? undefined : Object.keys(request.attributes),
        ...(log.values ? { attributes: request.attributes } : {}),
      }),
    );
  }
  return intent;
}
