import type { z } from 'zod';
import type { deadLettersSchema } from '../intent/local-api/dead-letters.js';
import { keysAndValues, reasonInWords } from '../intent/local-api/words.js';
import { counted, hanging, type Paint } from './page.js';

/** The dead letters as a page of at most 80 columns. */
export function deadLettersPage({ deadLetters }: z.infer<typeof deadLettersSchema>, paint: Paint): string {
  if (deadLetters.length === 0) return 'no dead letters\n';
  const lines = deadLetters.flatMap(
    ({ intentId, conversationId, participantId, rule, keys, attributes, acceptedAt, deadAt, attempts, reason }) => {
      const shown = attributes === undefined ? (keys?.join(', ') ?? 'its lookup never answered') : keysAndValues(attributes).join(', ');
      return [
        paint('bold', intentId),
        ...hanging('  dead          ', `${second(deadAt)} (accepted ${second(acceptedAt)}), ${counted(attempts, 'request')}`),
        ...hanging('  conversation  ', conversationId),
        ...hanging('  participant   ', participantId),
        ...hanging('  wished        ', `${rule === undefined ? 'local API' : `rule ${rule}`}: ${shown}`),
        ...hanging('  why           ', reasonInWords(reason) || 'it does not say', (line) => paint('red', line)),
      ];
    },
  );
  return `${lines.join('\n')}\n`;
}

function second(iso: string): string {
  return `${iso.slice(0, 19)}Z`;
}
