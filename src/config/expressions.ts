import jsonata from 'jsonata';
import { messageOf } from '../base/errors.js';

/** Why a text is no JSONata expression; undefined if it is one. */
export function expressionFault(expression: string): string | undefined {
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    const position = (error as { position?: number }).position;
    const message = error instanceof Error ? error.message : ((error as { message?: string }).message ?? messageOf(error));
    return `this is not JSONata${position === undefined ? '' : ` at character ${position}`}: ${message}`;
  }
}

/** A part of a URL template: text as it stands, or an expression whose value goes in, URL-encoded. */
export type TemplatePart = { text: string } | { expression: string };

/** Splits `http://crm/customers?phone={ani}` at its braces. */
export function templateParts(template: string): TemplatePart[] {
  return template
    .split(/(\{[^}]*\})/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') && part.endsWith('}') ? { expression: part.slice(1, -1) } : { text: part }));
}

/** Why a text is no URL template; undefined if it is one. */
export function templateFault(template: string): string | undefined {
  const parts = templateParts(template);
  for (const part of parts) {
    if ('text' in part && /[{}]/.test(part.text)) return 'a brace is not closed; expressions stand as {expression}';
    const fault = 'expression' in part ? expressionFault(part.expression) : undefined;
    if (fault !== undefined) return fault;
  }
  const sample = parts.map((part) => ('text' in part ? part.text : 'x')).join('');
  return /^https?:\/\//.test(sample) && URL.canParse(sample) ? undefined : 'expected a URL that begins with http:// or https://';
}
